-- What became of a request (ARGV[3]) of a user (ARGV[2]) in this period, which ended at
-- ARGV[4]; nil: it is not known. Asked before that end the answer could still change.
local user, request = ARGV[2], ARGV[3]
local now = tonumber(ARGV[5])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
if now < tonumber(ARGV[4]) then
  return { 'period', text(now) }
end
local before = redis.call('HGET', KEYS[6], request) or redis.call('HGET', KEYS[7], request)
if not before then
  return false
end
local record = redis.call('HGET', R, user)
if not record then
  return { 'erased' }
end
-- A write, so that a WAIT on this connection covers the first time.
redis.call('HSET', R, user, record)
local place = redis.call(RANK, Z, member_of(record, user)) + 1
local shared = better(text(score_of(record))) + 1
return { 'replayed', before, place, shared, redis.call('ZCARD', Z), record }
