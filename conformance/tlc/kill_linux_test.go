package tlc

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process that is killed cannot clean up after itself, but its JVM must not
// outlive it.
func TestKilledParent(t *testing.T) {
	if os.Getenv("LOCKSTEP_TEST_ENDLESS") != "" {
		j := job(endless+" /\\ (x = 10 => PrintT(x))", "INIT Init NEXT Next")
		j.Print = func(line string) { fmt.Println("running", line) }
		_, err := realTLC(t).Run(context.Background(), j)
		t.Fatal("ended: ", err)
	}
	realTLC(t)
	temp := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledParent$")
	cmd.Env = append(os.Environ(), "LOCKSTEP_TEST_ENDLESS=1", "TMPDIR="+temp)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = out.Read(make([]byte, 1)) // TLC is at work
	require.NoError(t, err)
	require.Len(t, processesWith(temp), 1)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.Eventually(t, func() bool { return len(processesWith(temp)) == 0 }, 10*time.Second, 10*time.Millisecond)
}
