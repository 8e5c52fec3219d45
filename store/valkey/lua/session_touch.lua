-- with session
-- Moves the idle deadline and the last activity on, never back.
local now, ref, till = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local h = read(ref)
if not h then return 0 end
if now >= h.ends or h.superseded or h.moving then return 1 end
local key = base .. 'r:' .. ref
till = math.min(till, h.abs)
if till > h.idle then
  redis.call('SETRANGE', key, 10, struct.pack('>i8', till))
  redis.call('PEXPIRE', key, room(till, now), 'GT')
  redis.call('ZADD', base .. 'd', num(till), ref .. h.kid)
end
if now > struct.unpack('>i8', h.raw, 27) then redis.call('SETRANGE', key, 26, struct.pack('>i8', now)) end
return 1
