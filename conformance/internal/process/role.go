package process

import (
	"context"
	"os"
	"os/exec"
)

// BrokenEnv is the environment variable with the rule that a process must
// break, as pattern/RULE.
const BrokenEnv = "LOCKSTEP_BROKEN"

// RoleEnv is the environment variable with the role of a child process, as
// role:pattern.
const RoleEnv = "LOCKSTEP_ROLE"

// RoleCommand returns a command that runs the program in a role for a pattern.
func RoleCommand(ctx context.Context, program, role, pattern string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), RoleEnv+"="+role+":"+pattern)
	return cmd
}
