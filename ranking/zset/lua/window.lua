-- The rows around a place: of a user (ARGV[2]), or a score and a member (ARGV[3], [4]),
-- or the top. ARGV[5] rows before it and ARGV[6] from it on.
local user, score, member = ARGV[2], ARGV[3], ARGV[4]
if is_original() then
  return { 'original' }
end
local total = redis.call('ZCARD', Z)
local seq = redis.call('HGET', M, 'seq') or '0'
local at = 0
if user ~= '' then
  local record = redis.call('HGET', R, user)
  if not record then
    return { 'unknown', total, seq }
  end
  at = redis.call(RANK, Z, member_of(record, user))
elseif member ~= '' then
  at = ahead(score, member)
end
local first = math.max(0, at - tonumber(ARGV[5]))
local last = at + tonumber(ARGV[6]) - 1
local members, records, shared = {}, {}, 0
if last >= first then
  members = redis.call(RANGE, Z, first, last)
end
if #members > 0 then
  local users = {}
  for i, row in ipairs(members) do
    users[i] = string.sub(row, 7)
  end
  records = redis.call('HMGET', R, unpack(users))
  local strange = { 'strange' }
  for i, row in ipairs(members) do
    if not records[i] then
      strange[#strange + 1] = row
    end
  end
  if #strange > 1 then
    return strange
  end
  shared = better(text(score_of(records[1])))
end
return { 'rows', total, seq, at, first, shared, members, records }
