package requestpipeline_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rp "github.com/lockstep-tla/lockstep/impl/requestpipeline"
)

// journalOf is the environment variable that makes the test binary a server with a journal.
const journalOf = "REQUESTPIPELINE_TEST_JOURNAL"

// killAfter is after how many requests such a server kills itself, each time before it answers.
const killAfter = 60

func TestMain(m *testing.M) {
	if path := os.Getenv(journalOf); path != "" {
		if err := serveJournal(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// entry is a line of the journal: what a request has done, and what the server knows of
// it. One write makes both durable.
type entry struct {
	rp.Request
	Answer []byte
}

func readJournal(path string) (entries []entry, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	for d := json.NewDecoder(f); ; {
		var e entry
		if err := d.Decode(&e); err == io.EOF {
			return entries, nil
		} else if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
}

// serveJournal is the server's process. It makes its sessions from the journal.
func serveJournal(path string) error {
	entries, err := readJournal(path)
	if err != nil {
		return err
	}
	core := rp.NewServerCore("s", 4, nil)
	for _, e := range entries {
		if _, err := core.Accept(e.Connection, rp.Message{Number: e.Number, Body: e.Body}, e.Answer); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	s, err := rp.Listen("127.0.0.1:0", func(r rp.Request) []byte {
		e := entry{r, fmt.Append(nil, "done ", string(r.Body))}
		line, err := json.Marshal(e)
		if err == nil {
			_, err = f.Write(append(line, '\n'))
		}
		if err != nil {
			panic(err)
		}
		if r.Number%killAfter == 0 {
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {}
		}
		return e.Answer
	}, rp.ServerOptions{Sessions: map[string]rp.Session{"c": core.Session}})
	if err != nil {
		return err
	}
	fmt.Println(s.Addr())
	_, err = io.Copy(io.Discard, os.Stdin) // until the parent ends
	return err
}

// TestKilledServerProcessesOnce: the server's process is killed again and again, when
// it has processed a request and not answered it. Each request is in the journal once, in order, and each caller gets its
// answer.
func TestKilledServerProcessesOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	var addr atomic.Value
	start := func() *exec.Cmd {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), journalOf+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		_, err = child.StdinPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		line, _, err := bufio.NewReader(out).ReadLine()
		require.NoError(t, err)
		addr.Store(string(line))
		return child
	}
	child := start()
	c := open(t, rp.Options{MaxInFlight: 4, Backoff: time.Millisecond, Dial: func(ctx context.Context) (net.Conn, error) {
		return dial(addr.Load().(string))(ctx)
	}})
	const callers, times = 6, 50
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			for n := range times {
				text := fmt.Sprint(i, " ", n)
				answer, err := c.Call(t.Context(), []byte(text))
				if err != nil || string(answer) != "done "+text {
					t.Errorf("%s: %q, %v", text, answer, err)
				}
			}
		})
	}
	for range callers * times / killAfter {
		_ = child.Wait() // it was killed
		child = start()
	}
	group.Wait()
	require.NoError(t, c.Close())
	entries, err := readJournal(path)
	require.NoError(t, err)
	require.Len(t, entries, callers*times)
	epochs := map[uint64]bool{}
	for i, e := range entries {
		require.EqualValues(t, i+1, e.Number)
		epochs[e.Epoch] = true
	}
	require.GreaterOrEqual(t, len(epochs), callers*times/killAfter, "each kill has ended a connection in use")
}
