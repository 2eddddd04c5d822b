-- Forget a user (ARGV[2]). Watchers are told the rank that is gone, and not whose.
local user, changes_kept = ARGV[2], ARGV[3]
if is_original() then
  return 'original'
end
local record = redis.call('HGET', R, user)
if not record then
  return 0
end
local member = member_of(record, user)
local place = redis.call(RANK, Z, member) + 1
redis.call('ZREM', Z, member)
remove_tie(text(score_of(record)))
redis.call('HDEL', R, user)
local seq = redis.call('HINCRBY', M, 'seq', 1)
redis.call('XADD', KEYS[5], 'MAXLEN', '~', changes_kept, text(seq) .. '-0', 'p', place,
  'o', string.sub(record, 1, 20))
local left = redis.call('PTTL', M)
if left > 0 then
  redis.call('PEXPIRE', KEYS[5], left)
end
return 1
