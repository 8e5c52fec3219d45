-- Adds one to an epoch, which lives for ever, and tells it: ARGV[1] is the prefix.
local n = redis.call('INCR', KEYS[1])
redis.call('PUBLISH', ARGV[1] .. ':ended', ARGV[2])
return n
