-- Writes what a look led to: whether the claim held. `due` is empty if the run has ended, `scorecard` if there is none.
local _, id, epoch, doc, due, verdict, look, scorecard, messages = unpack(ARGV)
local run = key('run', id)
local is = redis.call('HMGET', run, 'epoch', 'committed')
if is[2] == epoch then
  -- It was written before, and the answer was lost.
  return true
end
if is[1] ~= epoch then
  return false
end
unqueue(id)
redis.call('HSET', run, 'doc', doc, 'due', due_at(due), 'committed', epoch)
set_verdict(id, verdict)
if scorecard ~= '' then
  redis.call('HSET', key('scorecards', id), look, scorecard)
end
if due == '' then
  finish(id)
else
  wait(id)
end
post(id, messages)
pump()
tell(id)
return true
