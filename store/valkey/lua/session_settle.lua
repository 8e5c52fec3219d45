-- with session
-- Ends a move: the old record is retired or, if there was none, free again.
local now, ref, next, moved, till = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4] == '1', ARGV[5]
local c = redis.call('GET', base .. 'c:' .. ref)
local h = read(ref)
if not c or not h or string.sub(c, 1, 16) ~= next then return { 'OTHER' } end
if moved then
  if h.login ~= zero then tell('L', h.login) end
  retire(h, next, true, till, now)
else
  redis.call('SETRANGE', base .. 'r:' .. ref, 1, string.char(h.flags - 2))
  redis.call('DEL', base .. 'c:' .. ref)
end
publish()
return { 'OK', gone, away }
