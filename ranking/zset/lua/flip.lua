-- Put what was built aside (KEYS[6] and on) in the place of the original rows, which
-- move to KEYS[5]. In one step: readers see the one or the other, whole.
if not is_original() then
  return 0
end
redis.call('RENAME', Z, KEYS[5])
for i = 1, 4 do
  local aside = KEYS[5 + i]
  if redis.call('EXISTS', aside) == 1 then
    redis.call('RENAME', aside, KEYS[i])
    redis.call('PERSIST', KEYS[i])
    if ARGV[2] ~= '' then
      redis.call('PEXPIRE', KEYS[i], ARGV[2])
    end
  end
end
return 1
