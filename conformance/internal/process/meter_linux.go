package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// CanMeter says whether the system tells what other processes take.
const CanMeter = true

// clockTick is the unit of times in /proc/PID/stat. Linux shows 100 in a second to all
// programs.
const clockTick = time.Second / 100

// meter returns the processor time of a process group, with that of the children that its
// processes have waited for, and whether any of its threads runs, waits for a processor or
// for a disk.
func meter(group int) (processor time.Duration, wants, ok bool) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, false, false
	}
	for _, path := range paths {
		fields := stat(path)
		if len(fields) < 15 || number(fields[2]) != group {
			continue
		}
		ok = true
		for _, field := range fields[11:15] { // utime, stime, cutime, cstime
			processor += time.Duration(number(field)) * clockTick
		}
		wants = wants || anyWants(filepath.Dir(path))
	}
	return processor, wants, ok
}

// anyWants says whether any thread of the process in the folder runs or wants to.
func anyWants(process string) bool {
	threads, err := filepath.Glob(process + "/task/*/stat")
	if err != nil {
		return false
	}
	for _, path := range threads {
		if fields := stat(path); len(fields) > 0 && (fields[0][0] == 'R' || fields[0][0] == 'D') {
			return true
		}
	}
	return false
}

// stat reads the fields behind the name, which may contain anything. The first is the
// state. It is empty if the process has ended.
func stat(path string) [][]byte {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return bytes.Fields(content[bytes.LastIndexByte(content, ')')+1:])
}

func number(field []byte) int {
	n, _ := strconv.Atoi(string(field))
	return n
}
