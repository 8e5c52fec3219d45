-- Adds one to an epoch and tells it: ARGV[1] is the prefix. From then on it lives for
-- ever.
local n = redis.call('INCR', KEYS[1])
redis.call('PERSIST', KEYS[1])
redis.call('PUBLISH', ARGV[1] .. ':ended', ARGV[2])
return n
