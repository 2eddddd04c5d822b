-- GCRA on the store's own clock, in microseconds: the same steps as Pace.step.
-- KEYS: a client. ARGV: the interval, and how far ahead its moment may lie.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local whole = tonumber(redis.call('GET', KEYS[1]) or '0')
local ahead = math.min(math.max(whole - now, 0), most + interval)
if ahead > most then
  return ahead - most
end
ahead = ahead + interval
-- A moment has 16 digits: exact in a double, but not in its shortest text.
redis.call('SET', KEYS[1], string.format('%.0f', now + ahead),
  'PX', math.ceil(ahead / 1000))
return 0
