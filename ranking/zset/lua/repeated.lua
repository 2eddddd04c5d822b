-- What became of a request (ARGV[3]) of a user (ARGV[2]) in this period, which ended at
-- ARGV[4]; nil: it is not known. Asked before that end the answer could still change.
local user, request = ARGV[2], ARGV[3]
local now = moment(ARGV[5])
if now < tonumber(ARGV[4]) then
  return { 'period', text(now) }
end
local before = redis.call('HGET', KEYS[6], request) or redis.call('HGET', KEYS[7], request)
if not before then
  return false
end
return replayed(user, redis.call('HGET', R, user), before)
