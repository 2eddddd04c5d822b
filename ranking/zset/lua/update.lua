-- Count one score: whole, or not at all. All refusals come before the first write,
-- because a script that fails does not roll back.
local S = KEYS[5]
local operator, score, user, profile = ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local request, now = ARGV[6], moment(ARGV[7])
local opens, closes = tonumber(ARGV[8]), tonumber(ARGV[9])
local lowest, highest = tonumber(ARGV[10]), tonumber(ARGV[11])
local expires, changes_kept = tonumber(ARGV[12]), ARGV[13]
local requests_kept, ticket = tonumber(ARGV[14]), tonumber(ARGV[15])

if now < opens or now >= closes then
  return { 'period', text(now) }
end
local meta = redis.call('HMGET', M, 'seq', 'hour')
if not meta[1] and redis.call('EXISTS', Z) == 1 then
  return { 'original' }
end
local record = redis.call('HGET', R, user)

-- Request ids are kept in two hashes that take turns; the older one is emptied when
-- its turn comes, so that an id is remembered for one to two turns. A clock that goes
-- back turns nothing.
local last = tonumber(meta[2] or -2)
local hour = math.max(math.floor(now / requests_kept), last)
local asked, other = KEYS[6 + hour % 2], KEYS[6 + (hour + 1) % 2]
if request ~= '' then
  local before = hour == last and redis.call('HGET', asked, request)
    or hour <= last + 1 and redis.call('HGET', other, request)
  if before then
    return replayed(user, record, before)
  end
end

local old = record and score_of(record)
local new = score
if operator == 'sum' then
  new = (old or 0) + score
  -- The second half: the sum of two doubles may round.
  if new > highest or new < lowest or new - (old or 0) ~= score then
    return { 'bounds', text(old or 0) }
  end
elseif old and (operator == 'max' and score < old or operator == 'min' and score > old) then
  new = old
end
local changed = new ~= old
-- What is not told of a profile stays as it is.
local known = record and string.sub(record, 21) or '\0'
local known_grade, known_name = two_parts(known)
local grade, name = two_parts(profile)
profile = (grade ~= '' and grade or known_grade) .. '\0' .. (name ~= '' and name or known_name)
local member = record and member_of(record, user)
local moved = changed or profile ~= known
local seq, previous, was = nil, 0, ''

if moved then
  seq = redis.call('HINCRBY', M, 'seq', 1)
  local head
  if record then
    head = string.sub(record, 1, 20)
    was = head
    previous = redis.call(RANK, Z, member) + 1
  end
  if changed then
    head = head_of(ticket or seq, now, new)
    if member then
      redis.call('ZREM', Z, member)
      remove_tie(text(old))
    end
    member = string.sub(head, 1, 6) .. user
    redis.call('ZADD', Z, text(new), member)
  end
  record = head .. profile
  redis.call('HSET', R, user, record)
end
local place = redis.call(RANK, Z, member) + 1
local shared = better(text(new)) + 1
if changed then
  -- The newest of equal scores is the last of them, but for tickets that overtake.
  local rows = ticket and redis.call('ZCOUNT', Z, text(new), text(new)) or place - shared + 1
  add_tie(text(new), rows)
end
if moved then
  redis.call('XADD', S, 'MAXLEN', '~', changes_kept, text(seq) .. '-0', 'u', user,
    'd', record, 'r', place, 's', shared, 'p', previous, 'o', was)
  for i = 1, 5 do
    if expires and redis.call('PTTL', KEYS[i]) == -1 then
      redis.call('PEXPIRE', KEYS[i], text(expires - now))
    end
  end
end
if request ~= '' then
  if hour > last then
    redis.call('UNLINK', asked)
    redis.call('HSET', M, 'hour', text(hour))
  end
  if hour > last + 1 then
    redis.call('UNLINK', other)
  end
  redis.call('HSET', asked, request, changed and '1' or '0')
  redis.call('PEXPIRE', asked, text(2 * requests_kept))
end
return { 'counted', changed and '1' or '0', place, shared, redis.call('ZCARD', Z), record }
