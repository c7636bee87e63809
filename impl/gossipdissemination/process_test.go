package gossipdissemination

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
)

// memberEnv is in the environment of a process that is a member of a cluster: its
// name. Its arguments are a file for its generation, and the address of the seed
// "a", if it is not that itself.
const memberEnv = "LOCKSTEP_GOSSIP_MEMBER"

// member is a process that gossips. It prints its address and its generation, then obeys
// the lines on its standard input, and ends with them.
func member(name string, args []string) error {
	file := GenerationFile(args[0])
	last, err := file.Last()
	if err != nil {
		return err
	}
	e, err := network.ListenUDP("127.0.0.1:0")
	if err != nil {
		return err
	}
	o := Options{Name: name, Endpoint: e, LastGeneration: last, Durable: file.Keep, Interval: 20 * time.Millisecond}
	if len(args) > 1 {
		o.Seeds = map[string]string{"a": args[1]}
	}
	n, err := Join(o)
	if err != nil {
		return err
	}
	fmt.Println(e.Name(), n.Generation())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), "="); ok {
			if err := n.Set(key, value); err != nil {
				return err
			}
			continue
		}
		known := map[string]Entry{}
		for _, owner := range n.Owners() {
			known[owner], _ = n.Known(owner)
		}
		if err := json.NewEncoder(os.Stdout).Encode(known); err != nil {
			return err
		}
	}
	return n.Close()
}

// process is such a process, as its parent sees it.
type process struct {
	t          *testing.T
	cmd        *exec.Cmd
	in         io.Writer
	out        *bufio.Reader
	address    string
	generation uint32
}

// run starts a process, and waits until its node has joined.
func run(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], args...)}
	p.cmd.Env = append(os.Environ(), memberEnv+"="+name)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.out = bufio.NewReader(out)
	p.in, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(p.kill)
	line, err := p.out.ReadString('\n')
	require.NoError(t, err)
	_, err = fmt.Sscan(line, &p.address, &p.generation)
	require.NoError(t, err)
	return p
}

// kill kills a process.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		require.NoError(p.t, p.cmd.Process.Kill())
		_ = p.cmd.Wait() // its exit status is that of a kill
	}
}

func (p *process) says(line string) {
	p.t.Helper()
	_, err := fmt.Fprintln(p.in, line)
	require.NoError(p.t, err)
}

// knows returns what a process knows of an owner: its values and its generation.
func (p *process) knows(owner string) (generation uint32, vals map[string]string) {
	p.t.Helper()
	p.says("?")
	line, err := p.out.ReadBytes('\n')
	require.NoError(p.t, err)
	var known map[string]Entry
	require.NoError(p.t, json.Unmarshal(line, &known))
	vals = map[string]string{}
	for key, v := range known[owner].Vals {
		vals[key] = v.Val
	}
	return known[owner].Gen, vals
}

// TestKilledProcessesRestartWithANewGeneration: one of three processes is killed again
// and again. Each start has a number that none had before; all processes learn the
// values of the last generation, and keep none of an earlier one.
func TestKilledProcessesRestartWithANewGeneration(t *testing.T) {
	dir := t.TempDir()
	a := run(t, "a", filepath.Join(dir, "a"))
	c := run(t, "c", filepath.Join(dir, "c"), a.address)
	c.says("rack=7")
	all := []*process{a, c}
	tell := func(b *process, vals map[string]string) {
		for _, key := range slices.Sorted(maps.Keys(vals)) {
			b.says(key + "=" + vals[key])
		}
		want := maps.Clone(vals)
		want[AddressKey] = b.address
		for _, p := range append(all, b) {
			eventually(t, fmt.Sprint("all know ", want), func() bool {
				generation, got := p.knows("b")
				return generation == b.generation && maps.Equal(want, got)
			})
		}
	}
	old := map[string]string{"load": "old", "disk": "old", "shard": "old"}
	generation := uint32(0)
	for round := range 2 {
		b := run(t, "b", filepath.Join(dir, "b"), a.address)
		generation++
		require.Equal(t, generation, b.generation)
		tell(b, old)
		b.kill()

		b = run(t, "b", filepath.Join(dir, "b"), a.address)
		generation++
		require.Equal(t, generation, b.generation)
		b.says("load=killed at once")
		b.kill()

		b = run(t, "b", filepath.Join(dir, "b"), a.address)
		generation++
		require.Equal(t, generation, b.generation)
		tell(b, map[string]string{"load": fmt.Sprint("new ", round)})
		_, vals := b.knows("c")
		require.Equal(t, map[string]string{AddressKey: c.address, "rack": "7"}, vals, "it knows the others too")
		b.kill()
	}
}
