-- The changes after number ARGV[2], at most ARGV[3]. No change: one cheap lookup.
local seq = tonumber(redis.call('HGET', M, 'seq') or '0')
if seq <= tonumber(ARGV[2]) then
  return { text(seq), {} }
end
return { text(seq), redis.call('XRANGE', KEYS[4], '(' .. ARGV[2] .. '-0', '+', 'COUNT', ARGV[3]) }
