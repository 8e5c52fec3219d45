-- with session
-- Says whether a move has happened, and with ARGV[2] decides that it never will.
local key = base .. 'x:' .. ARGV[1]
local was = redis.call('GET', key)
if was then return was end
if ARGV[2] == '' then return '' end
redis.call('SET', key, 'B', 'PX', ARGV[2])
return 'B'
