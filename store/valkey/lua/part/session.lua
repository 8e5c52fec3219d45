-- One shard of the sessions: KEYS[1] is its index of deadlines, whose name without
-- the last letter begins all its keys.
--   r:REF       a record: header of 230 bytes, then the sealed body
--   p:REF       where a record with a subject is: the subject
--   u:SUBJECT   the registered sessions of a subject, by the time of their login
--   e:SUBJECT   the user epoch
--   c:REF       who moves a record to another home, and where
--   x:REF       whether such a move has happened: I, or B if it never may
--   d           deadlines of all records; k and o: keys that they are sealed under
local base = string.sub(KEYS[1], 1, -2)

-- While a cluster moves a slot, its keys are on two nodes, and each takes what the other
-- has for absent: a session that was ended there would arrive alive. Two keys that
-- nobody has are refused by both nodes then, before anything is written.
redis.call('EXISTS', base .. '!', base .. '?')

local zero = string.rep('\0', 16)

local function hex(s)
  return (string.gsub(s, '.', function(c) return string.format('%02x', string.byte(c)) end))
end

-- Numbers of 16 digits must not go through tostring.
local function num(x) return string.format('%.0f', x) end

-- What has died stays for the lag of clocks, 5 min.
local function room(ends, now) return num(math.max(0, math.floor((ends - now) / 1000)) + 300000) end

local function read(ref)
  local raw = redis.call('GETRANGE', base .. 'r:' .. ref, 0, 229)
  if raw == '' then return nil end
  local h = { raw = raw, ref = ref }
  local _, flags
  _, flags, h.rev, h.idle, h.abs = struct.unpack('>BBi8i8i8', raw)
  h.superseded = flags % 2 >= 1
  h.moving = flags % 4 >= 2
  h.prevaway = flags % 8 >= 4
  h.nextaway = flags % 16 >= 8
  h.flags = flags
  h.ends = math.min(h.idle, h.abs)
  h.g, h.t, h.u = struct.unpack('>i8i8i8', raw, 51)
  h.kid = hex(string.sub(raw, 99, 102))
  local prev, next = string.sub(raw, 119, 134), string.sub(raw, 135, 150)
  if prev ~= zero then h.prev = hex(prev) end
  if next ~= zero then h.next = hex(next) end
  local subject = string.sub(raw, 151, 182)
  if subject ~= zero .. zero then h.subject = hex(subject) end
  h.login = string.sub(raw, 183, 198)
  h.actor = string.sub(raw, 199, 230) ~= zero .. zero
  return h
end

local function enlist(ref, kid, ends, superseded)
  redis.call('ZADD', base .. 'd', num(ends), ref .. kid)
  redis.call('ZADD', base .. (superseded and 'o' or 'k'), 0, kid .. ref)
end

local function delist(ref, kid)
  redis.call('ZREM', base .. 'd', ref .. kid)
  redis.call('ZREM', base .. 'k', kid .. ref)
  redis.call('ZREM', base .. 'o', kid .. ref)
end

local function register(subject, ref, auth, abs, now)
  local key = base .. 'u:' .. subject
  redis.call('ZADD', key, auth, ref)
  redis.call('PEXPIRE', key, room(abs, now), 'NX')
  redis.call('PEXPIRE', key, room(abs, now), 'GT')
end

-- What a step has removed, and what it could not because it is elsewhere.
local gone, away = {}, {}

-- What whoever follows endings is told, in one message (session.Watch).
local told = {}

local function tell(kind, id) told[#told + 1] = kind .. id end

local function publish()
  if #told > 0 then redis.call('PUBLISH', string.match(base, '^[^:]+') .. ':ended', table.concat(told)) end
end

local function drop(ref, quiet)
  local h = read(ref)
  if not h then return end
  if not quiet and h.login ~= zero then tell('L', h.login) end
  redis.call('DEL', base .. 'r:' .. ref, base .. 'c:' .. ref)
  delist(ref, h.kid)
  if h.subject then redis.call('ZREM', base .. 'u:' .. h.subject, ref) end
  gone[#gone + 1] = ref
  if h.prev and h.prevaway then
    away[#away + 1] = h.prev
  elseif h.prev then
    drop(h.prev, quiet)
  end
end

-- The old half of a rotation: removed, or left until a time to whoever still asks.
local function retire(h, next, nextaway, till, now)
  if till == '' then return drop(h.ref, true) end
  if h.prev and h.prevaway then
    away[#away + 1] = h.prev
  elseif h.prev then
    drop(h.prev, true)
  end
  h.idle = math.min(h.idle, tonumber(till))
  local raw = h.raw
  redis.call('SETRANGE', base .. 'r:' .. h.ref, 0,
    string.sub(raw, 1, 1) .. string.char(nextaway and 9 or 1) .. string.sub(raw, 3, 10)
    .. struct.pack('>i8', h.idle) .. string.sub(raw, 19, 118) .. zero .. next .. string.sub(raw, 151, 230))
  h.ends = math.min(h.idle, h.abs)
  redis.call('PEXPIRE', base .. 'r:' .. h.ref, room(h.ends, now))
  redis.call('DEL', base .. 'c:' .. h.ref)
  delist(h.ref, h.kid)
  enlist(h.ref, h.kid, h.ends, true)
  if h.subject then redis.call('ZREM', base .. 'u:' .. h.subject, h.ref) end
end
