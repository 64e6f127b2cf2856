-- Gives a claim back that cannot be carried out here, to be handed out again after a lease; until then it takes up nothing.
local _, id, epoch = unpack(ARGV)
local run = key('run', id)
if redis.call('HGET', run, 'epoch') ~= epoch then
  return false
end
unqueue(id)
redis.call('HSET', run, 'due', string.format('%.0f', now() + limits.lease))
wait(id)
pump()
return true
