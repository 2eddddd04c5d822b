-- What became of a request (ARGV[3]) of a user (ARGV[2]); nil: it is not known.
local user, request = ARGV[2], ARGV[3]
local before = redis.call('HGET', KEYS[5], request) or redis.call('HGET', KEYS[6], request)
if not before then
  return false
end
local record = redis.call('HGET', R, user)
if not record then
  return { 'erased' }
end
local place = redis.call(RANK, Z, member_of(record, user)) + 1
local shared = better(text(score_of(record))) + 1
return { 'replayed', before, place, shared, redis.call('ZCARD', Z), record }
