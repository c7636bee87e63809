package run

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

func TestStatsCountRunsByKind(t *testing.T) {
	var none *Stats
	none.add(&tlc.Job{}, &tlc.Result{})
	s := &Stats{}
	job := func(module string, files ...string) *tlc.Job {
		j := &tlc.Job{Module: module, Files: map[string][]byte{}}
		for _, name := range files {
			j.Files[name] = []byte{}
		}
		return j
	}
	s.add(job("X"), &tlc.Result{Duration: 2 * time.Second, Processor: 3 * time.Second})
	s.add(job("XBroken"), &tlc.Result{Duration: time.Second, Processor: 4 * time.Second})
	s.add(job("XBroken"), &tlc.Result{Kept: true})
	s.add(job("Replay", "Recorded.tla"), &tlc.Result{Processor: time.Second})
	s.add(job("Replay", "Recorded.tla", "Covered.tla"), &tlc.Result{})
	s.add(job("Explore"), &tlc.Result{})
	require.Equal(t, 8*time.Second, s.Processor())
	all := &Stats{}
	all.Add(s)
	none.Add(s)
	require.Equal(t, s.String(), all.String())
	require.Equal(t, `runs of TLC       runs from store   processor s    wall s
broken spec          2          1           4.0       1.0
model                1          0           3.0       2.0
replay               1          0           1.0       0.0
coverage             1          0           0.0       0.0
explore              1          0           0.0       0.0
`, s.String())
}
