-- How many rows of this shard stand before each of some places, and how many have a
-- better score: pairs of a score and a member, ARGV[2] and on.
local places = {}
for i = 2, #ARGV, 2 do
  places[#places + 1] = ahead(ARGV[i], ARGV[i + 1])
  places[#places + 1] = better(ARGV[i])
end
return { redis.call('ZCARD', Z), places }
