-- Where some users stand: ARGV[2] and on. For each three values: its record,
-- the rows before it, and those with a better score; nil: it is not on the board.
if is_original() then
  return { 'original' }
end
local rows = { 'rows', redis.call('ZCARD', Z) }
for i = 2, #ARGV do
  local user = ARGV[i]
  local record = redis.call('HGET', R, user)
  local at = record and redis.call(RANK, Z, member_of(record, user))
  rows[#rows + 1] = record
  rows[#rows + 1] = at
  rows[#rows + 1] = record and better_than_row(at, text(score_of(record)))
end
return rows
