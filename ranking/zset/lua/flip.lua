-- Put what was built aside (KEYS[5] and on) in the place of the original rows, which
-- move to KEYS[4]. In one step: readers see the one or the other, whole.
local aside = { KEYS[5], KEYS[6], KEYS[7] }
if not is_original() then
  return 0
end
redis.call('RENAME', Z, KEYS[4])
if redis.call('EXISTS', aside[1]) == 1 then
  for i = 1, 3 do
    redis.call('RENAME', aside[i], KEYS[i])
    redis.call('PERSIST', KEYS[i])
    if ARGV[2] ~= '' then
      redis.call('PEXPIRE', KEYS[i], ARGV[2])
    end
  end
end
return 1
