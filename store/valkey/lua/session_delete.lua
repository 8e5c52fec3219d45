-- with session
-- Removes a record with the half that hangs on it. What is frozen or has its half
-- elsewhere is not touched without force: the caller goes there first.
local ref, subject, force = ARGV[1], ARGV[2], ARGV[3] == '1'
redis.call('SET', base .. 'w', '', 'PX', 60000) -- so that WAIT has something to wait for
local h = read(ref)
if not h then return { 'ABSENT' } end
if subject ~= '' and h.subject ~= subject then return { 'SPARED' } end
if not force then
  if h.moving then return { 'MOVING' } end
  local halves = {}
  if h.prev and h.prevaway then halves[#halves + 1] = h.prev end
  if h.next and h.nextaway then halves[#halves + 1] = h.next end
  if #halves > 0 then return { 'AWAY', halves } end
end
drop(ref)
if h.next and not h.nextaway then drop(h.next) end
publish()
return { 'OK', gone, away }
