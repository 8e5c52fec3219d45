-- with session
-- Replaces body and header of a live record (ARGV[8] empty), or its seal alone.
local now, ref, was = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local head, auth, kid, sealed, from = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local h = read(ref)
if not h then return { 'ABSENT' } end
if now >= h.ends then return { 'DEAD' } end
if h.rev ~= was then return { 'CONFLICT' } end
if from == '' and h.superseded or from ~= '' and h.kid ~= from then return { 'CONFLICT' } end
if h.moving then return { 'MOVING' } end
local raw = h.raw
local start = string.sub(raw, 1, 2)
if from == '' then
  -- rev, idle, (abs), seen, auth
  start = start .. string.sub(head, 1, 16) .. string.sub(raw, 19, 26) .. string.sub(head, 17, 32)
  h.idle = struct.unpack('>i8', head, 9)
  h.ends = math.min(h.idle, h.abs)
else
  start = string.sub(raw, 1, 42)
end
local newkid = hex(kid)
redis.call('SET', base .. 'r:' .. ref, start .. string.sub(raw, 43, 98) .. kid .. string.sub(raw, 103, 230) .. sealed, 'PX', room(h.ends, now))
if newkid ~= h.kid then delist(ref, h.kid) end
enlist(ref, newkid, h.ends, h.superseded)
if from == '' and h.subject then register(h.subject, ref, auth, h.abs, now) end
return { 'OK' }
