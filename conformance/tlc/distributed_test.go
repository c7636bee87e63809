package tlc

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// grid has side*side*side states, each with up to three ways on.
func grid(side int, more, config string) Job {
	j := job(fmt.Sprintf(`Init == x = <<0, 0, 0>>
Next == \E i \in 1..3 : x[i] < %d /\ x' = [x EXCEPT ![i] = @ + 1]
Small == \A i \in 1..3 : x[i] <= %d
%s`, side-1, side, more), "INIT Init NEXT Next CHECK_DEADLOCK FALSE INVARIANT "+config)
	j.Timeout = 8 * time.Minute
	return j
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// crew is a distributed run with its workers.
type crew struct {
	t      *testing.T
	tlc    *TLC
	d      Distributed
	counts chan int // of workers, whenever one comes or goes
	result *Result
	err    error
	over   chan struct{}
	wait   sync.WaitGroup
}

func begin(t *testing.T, j Job, wait time.Duration) *crew {
	c := &crew{t: t, tlc: realTLC(t), counts: make(chan int, 100), over: make(chan struct{})}
	ownTemp(t)
	c.d = Distributed{Port: freePort(t), Wait: wait, Workers: func(n int) { c.counts <- n }}
	go func() {
		defer close(c.over)
		c.result, c.err = c.tlc.RunDistributed(t.Context(), j, c.d)
	}()
	t.Cleanup(func() { <-c.over; c.wait.Wait() })
	return c
}

// join starts a worker, and returns what kills it and what it came to.
func (c *crew) join() (kill func(), ended <-chan error) {
	ctx, cancel := context.WithCancel(c.t.Context())
	c.t.Cleanup(cancel)
	end := make(chan error, 1)
	c.wait.Go(func() {
		end <- c.tlc.Join(ctx, fmt.Sprintf("127.0.0.1:%d", c.d.Port), Distributed{Wait: 2 * time.Minute}, 1, io.Discard)
	})
	return cancel, end
}

// until waits for a number of workers.
func (c *crew) until(number int) {
	c.t.Helper()
	for {
		select {
		case n := <-c.counts:
			if n == number {
				return
			}
		case <-c.over:
			require.FailNow(c.t, "the run is over", "%v %v", c.result, c.err)
		}
	}
}

func (c *crew) outcome() *Result {
	c.t.Helper()
	<-c.over
	require.NoError(c.t, c.err)
	return c.result
}

func TestTwoWorkersFindTheSameAsOneProcess(t *testing.T) {
	j := grid(12, "", "Small")
	alone := run(t, realTLC(t), j)
	require.Equal(t, 12*12*12, alone.Distinct)
	c := begin(t, j, 2*time.Minute)
	_, one := c.join()
	_, two := c.join()
	r := c.outcome()
	require.Equal(t, alone.Outcome, r.Outcome, r.Message)
	require.Equal(t, []int{alone.Distinct, alone.Queue}, []int{r.Distinct, r.Queue})
	require.NoError(t, <-one)
	require.NoError(t, <-two)
}

// TestWorkersFindTheViolation knows that TLC does not name it in this mode.
// Its server may fail with an error of its own before it shows the states; then the run is
// made again.
func TestWorkersFindTheViolation(t *testing.T) {
	var r *Result
	for try := 0; try < 5 && (r == nil || len(r.Trace) == 0); try++ {
		c := begin(t, grid(12, `Never == x # <<2, 1, 2>>`, "Never"), 2*time.Minute)
		c.join()
		c.join()
		r = c.outcome()
		require.Equal(t, Crashed, r.Outcome)
	}
	require.Contains(t, r.Message, "a worker has found an error")
	require.NotEmpty(t, r.Trace)
	require.Equal(t, []Value{2, 1, 2}, r.Trace[len(r.Trace)-1].Vars["x"])
}

// TestServerThatFailsBehindAViolation has a thread of the server fail, after another one has
// shown the states that a worker has found.
func TestServerThatFailsBehindAViolation(t *testing.T) {
	l := newListener(Job{worker: func(int) {}}, func() {})
	l.parsed = true
	l.message(&message{code: behaviorUpToThisPoint, severity: severityError})
	l.message(&message{code: statePrint2, text: "1: <Initial predicate>\nx = 1\n"})
	l.message(&message{code: general, severity: severityError, text: `Cannot read the array length because "this.states" is null`})
	r, err := l.result(nil, ending{code: 1}, "", nil)
	require.NoError(t, err)
	require.Equal(t, Crashed, r.Outcome)
	require.Contains(t, r.Message, "a worker has found an error")
	require.NotEmpty(t, r.Trace)
}

// TestKilledWorker kills one of two workers while they are at work: the other one
// does the rest, and no state is lost.
func TestKilledWorker(t *testing.T) {
	const side = 60
	c := begin(t, grid(side, "", "Small"), 2*time.Minute)
	kill, ended := c.join()
	c.join()
	c.until(2)
	time.Sleep(time.Second) // so that it has states in hand
	kill()
	require.ErrorIs(t, <-ended, context.Canceled)
	select {
	case <-c.over:
		require.FailNow(t, "the run was over before the worker was killed")
	default:
	}
	r := c.outcome()
	require.Equal(t, OK, r.Outcome, r.Message)
	require.Equal(t, side*side*side, r.Distinct)
	require.Zero(t, r.Queue)
}

func TestRunWithoutWorkersEnds(t *testing.T) {
	c := begin(t, grid(60, "", "Small"), 20*time.Second)
	<-c.over
	require.ErrorIs(t, c.err, ErrAlone)
}

func TestRunWhoseWorkersAreGoneEnds(t *testing.T) {
	c := begin(t, grid(100, "", "Small"), 30*time.Second)
	kill, _ := c.join()
	c.until(1)
	kill()
	<-c.over
	require.ErrorIs(t, c.err, ErrAlone)
}

func TestWorkerWithoutServerEnds(t *testing.T) {
	err := realTLC(t).Join(t.Context(), fmt.Sprintf("127.0.0.1:%d", freePort(t)), Distributed{Wait: time.Second}, 1, io.Discard)
	require.ErrorIs(t, err, ErrAlone)
}

func TestBadDistributedRuns(t *testing.T) {
	checker := &TLC{Java: "no java"}
	for _, d := range []Distributed{{Port: -1}, {Port: 1 << 16}, {Wait: -1}, {Address: "-x"}, {Address: "192.0.2.1"}} {
		_, err := checker.RunDistributed(t.Context(), grid(2, "", "Small"), d)
		require.ErrorIs(t, err, ErrBadJob, "%v", d)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, err = checker.RunDistributed(t.Context(), grid(2, "", "Small"), Distributed{Port: taken.Addr().(*net.TCPAddr).Port})
	require.ErrorIs(t, err, ErrBadJob)
	for _, server := range []string{"", "here", "here:port", "-x:1", "here:70000"} {
		require.ErrorIs(t, checker.Join(t.Context(), server, Distributed{}, 1, io.Discard), ErrBadJob, server)
	}
	require.ErrorIs(t, checker.Join(t.Context(), "here:1", Distributed{}, 0, io.Discard), ErrBadJob)
}

// TestServerListensOnOneAddress looks at what the server's process listens on.
func TestServerListensOnOneAddress(t *testing.T) {
	ss, err := exec.LookPath("ss")
	if err != nil {
		t.Skip("there is no ss to ask")
	}
	c := begin(t, grid(60, "", "Small"), 3*time.Minute)
	kill, _ := c.join()
	defer kill()
	c.until(1)
	out, err := exec.Command(ss, "-ltnpH").Output()
	require.NoError(t, err)
	require.Contains(t, string(out), fmt.Sprintf("127.0.0.1]:%d", c.d.Port))
	require.NotContains(t, string(out), fmt.Sprintf("*:%d", c.d.Port))
}
