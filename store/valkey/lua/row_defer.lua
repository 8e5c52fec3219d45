-- Makes a row of one topic due at another time. What is absent, or of another topic,
-- stays as it is.
--
-- KEYS: the queue, the row. ARGV: when.
local member = string.sub(redis.call('GETRANGE', KEYS[2], 0, 29), 2, 25)
redis.call('ZADD', KEYS[1], 'XX', ARGV[1], member)
return 0
