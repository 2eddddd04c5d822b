-- Take over rows of the original system: ARGV[2] now, ARGV[3] the first arrival number
-- ('' where the shard counts itself), then user, score and profile of each.
-- Answers the score that a user had already, or nil, and the one that is kept.
local now, ticket = tonumber(ARGV[2]), tonumber(ARGV[3])
local answers = {}
for i = 4, #ARGV, 3 do
  local user, score, profile = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local record = redis.call('HGET', R, user)
  local old = record and score_of(record)
  local kept = old
  if not old or descending and score > old or not descending and score < old then
    local arrival = redis.call('HINCRBY', M, 'seq', 1)
    if ticket then
      arrival = ticket + (i - 4) / 3
    end
    if record then
      redis.call('ZREM', Z, member_of(record, user))
      remove_tie(text(old))
    end
    local head = head_of(arrival, now, score)
    redis.call('ZADD', Z, text(score), string.sub(head, 1, 6) .. user)
    redis.call('HSET', R, user, head .. profile)
    add_tie(text(score), redis.call('ZCOUNT', Z, text(score), text(score)))
    kept = score
  end
  answers[#answers + 1] = old and text(old) or false
  answers[#answers + 1] = text(kept)
end
return answers
