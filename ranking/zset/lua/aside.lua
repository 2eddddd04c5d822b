-- Put rows that are none of ours (ARGV[2] and on) aside, to KEYS[5]: a writer of the
-- original system goes on with its own format. `fleet ranking migrate` takes them over.
for i = 2, #ARGV do
  local row = ARGV[i]
  local score = redis.call('ZSCORE', Z, row)
  if score and redis.call('HEXISTS', R, string.sub(row, 7)) == 0 then
    redis.call('ZREM', Z, row)
    redis.call('ZADD', KEYS[5], score, row)
  end
end
local left = redis.call('PTTL', Z)
if left > 0 then
  redis.call('PEXPIRE', KEYS[5], left)
end
return redis.call('ZCARD', KEYS[5])
