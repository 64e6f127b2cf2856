-- Ends a run that stands as the caller read it: its doc now, which is another one if it has changed since.
local _, id, before, after, messages = unpack(ARGV)
local run = key('run', id)
local doc = redis.call('HGET', run, 'doc')
if doc ~= before then
  return doc
end
unqueue(id)
redis.call('HSET', run, 'doc', after, 'due', '')
set_verdict(id, 'cancelled')
finish(id)
post(id, messages)
pump()
tell(id)
return after
