package process

import (
	"context"
	"os"
	"os/exec"
)

// BrokenEnv names the rule that a process is to leave out, as pattern/RULE.
const BrokenEnv = "LOCKSTEP_BROKEN"

// RoleEnv tells a process that was started as a part of a check what it is to
// do, as role:pattern.
const RoleEnv = "LOCKSTEP_ROLE"

func RoleCommand(ctx context.Context, program, role, pattern string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), RoleEnv+"="+role+":"+pattern)
	return cmd
}
