-- Gives a claim back with nothing done: whether it still held.
local _, id, epoch = unpack(ARGV)
if redis.call('HGET', key('run', id), 'epoch') ~= epoch then
  return false
end
unqueue(id)
wait(id)
pump()
tell(id)
return true
