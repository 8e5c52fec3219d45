-- with lever
-- KEYS: a lever. ARGV: now.
local l, now = load(KEYS[1]), tonumber(ARGV[1])
if not l then return CORRUPT end
if l.known then
  lapse(l, now)
  forget(l)
  keep(KEYS[1], l, now)
end
return 0
