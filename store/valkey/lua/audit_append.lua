-- KEYS: the counters; then four for each event: the event, and its tenant's index of
-- all, of its handle, of its kind. ARGV: five for each event: id, counter, time,
-- 1 if it has a handle, the record. Answers the number of each.
--
-- An index orders by time and then by id: members of one score are in the order of
-- their bytes.
local numbers = {}
for i = 1, #ARGV / 5 do
  local k, a = 4 * (i - 1) + 1, 5 * (i - 1)
  local event, id = KEYS[k + 1], ARGV[a + 1]
  local held = redis.call('GET', event)
  if held then
    numbers[i] = tonumber(string.match(held, '^%d+'))
    if not numbers[i] then return redis.error_reply('CORRUPT event') end
  else
    local seq = redis.call('HINCRBY', KEYS[1], ARGV[a + 2], 1)
    redis.call('SET', event, string.format('%.0f', seq) .. ' ' .. ARGV[a + 5])
    redis.call('ZADD', KEYS[k + 2], ARGV[a + 3], id)
    if ARGV[a + 4] == '1' then redis.call('ZADD', KEYS[k + 3], ARGV[a + 3], id) end
    redis.call('ZADD', KEYS[k + 4], ARGV[a + 3], id)
    numbers[i] = seq
  end
end
return numbers
