"""A/A pairs of eleven families, as cases for `serinus evaluate`; the families are the `source`.

    python3 -m pip install numpy
    python3 null_cases.py > null.jsonl && serinus evaluate null.jsonl
"""

import numpy as np, json
rng=np.random.default_rng(7)
import sys; out=sys.stdout
def ar(n,r,s):
    x=np.empty(n); x[0]=rng.normal()
    e=rng.normal(size=n)*np.sqrt(1-r*r)
    for i in range(1,n): x[i]=r*x[i-1]+e[i]
    return x*s
def emit(src,n,b,c,i):
    out.write(json.dumps(dict(id=f'{src}/{n}/{i}',family='concurrent',source='sim-'+src,n=n,truth='same',effect='none',direction='either',baseline=[[float(x) for x in b]],canary=[[float(x) for x in c]]))+'\n')
for n in (10,30,60,120):
    N=1000
    for i in range(N):
        for r in (.3,.6,.9):
            emit(f'ar{r}',n,100*np.exp(ar(n,r,.1)),100*np.exp(ar(n,r,.1)),i)
        emit('iid',n,100*np.exp(rng.normal(0,.1,n)),100*np.exp(rng.normal(0,.1,n)),i)
        emit('logn',n,np.exp(rng.normal(0,1,n)),np.exp(rng.normal(0,1,n)),i)
        emit('t2',n,100+10*rng.standard_t(2,n).clip(-9,None),100+10*rng.standard_t(2,n).clip(-9,None),i)
        bi=lambda: np.where(rng.random(n)<.3,30,10)*np.exp(rng.normal(0,.1,n)); emit('bimodal',n,bi(),bi(),i)
        zi=lambda: np.where(rng.random(n)<.6,0,rng.poisson(3,n)); emit('zip',n,zi(),zi(),i)
        nb=lambda: rng.negative_binomial(2,.1,n); emit('negbin',n,nb(),nb(),i)
        def burst():
            x=np.exp(rng.normal(0,.1,n)); k=0
            st=rng.random(n)<.05
            for j in np.where(st)[0]: x[j:j+3]*=3
            return x
        emit('bursts',n,burst(),burst(),i)
        ri=np.exp(ar(n,.95,.5)); emit('load',n,ri*np.exp(rng.normal(0,.1,n)),ri*np.exp(rng.normal(0,.1,n)),i)
