-- The changes from number ARGV[2] on, that one included, at most ARGV[3]; none where
-- nothing is new, at the price of one lookup.
local seq = redis.call('HGET', M, 'seq') or '0'
if tonumber(seq) <= tonumber(ARGV[2]) then
  return { seq, {} }
end
return { seq, redis.call('XRANGE', KEYS[5], ARGV[2] .. '-0', '+', 'COUNT', ARGV[3]) }
