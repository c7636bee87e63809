package process

import (
	"context"
	"os"
	"os/exec"
)

// BrokenEnv is the environment variable with the rule that a process must
// break, as pattern/RULE.
const BrokenEnv = "LOCKSTEP_BROKEN"

// FileLimitEnv is the environment variable with the size, in bytes, that no file may
// grow beyond which a process with BrokenEnv writes. Without it there is a larger limit.
const FileLimitEnv = "LOCKSTEP_FILE_LIMIT"

// PatientEnv is set for a process with BrokenEnv that waits as long as one without.
const PatientEnv = "LOCKSTEP_PATIENT"

// RoleEnv is the environment variable with the role of a child process, as
// role:pattern.
const RoleEnv = "LOCKSTEP_ROLE"

// RoleCommand returns a command that runs the program in a role for a pattern.
func RoleCommand(ctx context.Context, program, role, pattern string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), RoleEnv+"="+role+":"+pattern)
	return cmd
}
