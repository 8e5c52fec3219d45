-- with session
-- The claim of a frozen record, how long it is kept, and its age, in milliseconds.
local key = base .. 'c:' .. ARGV[1]
local c = redis.call('GET', key)
if not c then return false end
local time = redis.call('TIME')
local ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
return { c, redis.call('PTTL', key), ms - struct.unpack('>i8', c, 57) }
