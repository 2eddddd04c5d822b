-- Where some users stand: ARGV[2] and on. A user who is not on the board is nil.
if is_original() then
  return { 'original' }
end
local rows = {}
for i = 2, #ARGV do
  local user = ARGV[i]
  local record = redis.call('HGET', R, user)
  if record then
    local at = redis.call(RANK, Z, member_of(record, user))
    rows[i - 1] = { record, at, better(text(score_of(record))) }
  else
    rows[i - 1] = false
  end
end
return { 'rows', redis.call('ZCARD', Z), rows }
