-- What every script of a board begins with: its order, and how rows are read.
-- KEYS: the index, the records, the meta data, the ties; for those that write also the
-- changes, and the request ids of this and the last hour.
-- ARGV[1]: "1" where the highest score is the first.
--
-- Numbers become text with '%.0f' only: Lua's own conversion keeps 14 digits.
-- Texts are compared byte by byte: Lua's own comparison asks the locale.
local Z, R, M, T = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local descending = ARGV[1] == '1'
local RANK = descending and 'ZREVRANK' or 'ZRANK'
local RANGE = descending and 'ZREVRANGE' or 'ZRANGE'

local function text(number)
  return string.format('%.0f', number)
end

-- A record is tie (6 bytes), achieved_ms (6), score (8), profile.
local function member_of(record, user)
  return string.sub(record, 1, 6) .. user
end

local function score_of(record)
  return (struct.unpack('>i8', record, 13))
end

-- A profile is grade, NUL, name.
local function two_parts(profile)
  local at = string.find(profile, '\0', 1, true)
  return string.sub(profile, 1, at - 1), string.sub(profile, at + 1)
end

-- The time that was told, or the store's own, in milliseconds.
local function moment(told)
  if told ~= '' then
    return tonumber(told)
  end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function head_of(arrival, now, score)
  local tie = descending and 281474976710655 - arrival or arrival
  return struct.pack('>I6I6i8', tie, now, score)
end

-- How many rows have a better score.
local function better(score)
  if descending then
    return redis.call('ZCOUNT', Z, '(' .. score, '+inf')
  end
  return redis.call('ZCOUNT', Z, '-inf', '(' .. score)
end

-- T has the scores that several rows share, so that a lookup of a row with a score of
-- its own need not walk through the index a second time.
local function better_than_row(at, score)
  if redis.call('HEXISTS', T, score) == 1 then
    return better(score)
  end
  return at
end

-- What a request that was counted before is answered. The record is written again, so
-- that a WAIT on this connection covers the first time.
local function replayed(user, record, changed)
  if not record then
    return { 'erased' }
  end
  redis.call('HSET', R, user, record)
  local place = redis.call(RANK, Z, member_of(record, user)) + 1
  local shared = better(text(score_of(record))) + 1
  return { 'replayed', changed, place, shared, redis.call('ZCARD', Z), record }
end

local function add_tie(score, rows)
  if rows > 1 then
    redis.call('HSET', T, score, rows)
  end
end

local function remove_tie(score)
  local rows = tonumber(redis.call('HGET', T, score) or '1')
  if rows > 2 then
    redis.call('HSET', T, score, rows - 1)
  elseif rows == 2 then
    redis.call('HDEL', T, score)
  end
end

local function less(one, other)
  for i = 1, math.min(#one, #other) do
    local a, b = string.byte(one, i), string.byte(other, i)
    if a ~= b then
      return a < b
    end
  end
  return #one < #other
end

-- How many rows stand before a place, which nobody needs to hold.
local function ahead(score, member)
  local held = redis.call(RANK, Z, member)
  if held then
    return held
  end
  local low = better(score)
  local high = low + redis.call('ZCOUNT', Z, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local row = redis.call(RANGE, Z, middle, middle)[1]
    local before
    if descending then
      before = less(member, row)
    else
      before = less(row, member)
    end
    if before then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

-- The original system's rows stand under the same key, without meta data.
local function is_original()
  return redis.call('EXISTS', M) == 0 and redis.call('EXISTS', Z) == 1
end

