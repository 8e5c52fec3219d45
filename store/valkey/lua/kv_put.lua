-- KEYS: value, deadlines of its bucket. ARGV: how (put, absent, swap), name, now,
-- expires, ms to live, bytes, what it was. Answers ok, exists, absent or conflict.
local how, name, now, expires = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
if how ~= 'put' then
  local held = redis.call('GET', KEYS[1])
  local ends = held and tonumber(string.match(held, '^%d+'))
  if held and not ends then return redis.error_reply('CORRUPT value') end
  local live = held and now < ends
  if how == 'absent' and live then return 'exists' end
  if how == 'swap' and not live then return 'absent' end
  if how == 'swap' and string.sub(held, #string.match(held, '^%d+') + 2) ~= ARGV[7] then return 'conflict' end
end
redis.call('SET', KEYS[1], expires .. ' ' .. ARGV[6], 'PX', ARGV[5])
redis.call('ZADD', KEYS[2], expires, name)
-- What nobody has swept for twice the lag has ended by itself: its entry goes too.
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - 600000000), 'LIMIT', 0, 2)) do
  redis.call('ZREM', KEYS[2], old)
end
return 'ok'
