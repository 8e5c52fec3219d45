-- Removes rows of one topic. What is absent, or of another topic, stays.
--
-- KEYS: the queue, the counts of leases, the counts by key of seal, the rows.
-- A row begins with its version, its member of the queue (24 bytes), whether it is
-- sealed, and under which key (4 bytes).
for i = 4, #KEYS do
  local head = redis.call('GETRANGE', KEYS[i], 0, 29)
  local member = string.sub(head, 2, 25)
  if #head == 30 and redis.call('ZREM', KEYS[1], member) == 1 then
    redis.call('HDEL', KEYS[2], member)
    redis.call('DEL', KEYS[i])
    if string.byte(head, 26) == 1 then
      local kid = string.sub(head, 27, 30)
      if redis.call('HINCRBY', KEYS[3], kid, -1) == 0 then
        redis.call('HDEL', KEYS[3], kid)
      end
    end
  end
end
return 0
