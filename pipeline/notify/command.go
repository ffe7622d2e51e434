package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// send runs the command once: nobody knows whether it may be run twice. It gets the Event as JSON on its standard input and
// its main fields in the environment. When time is up it is killed, and with it what it started.
func (c Command) send(ctx context.Context, event Event) error {
	body, err := json.Marshal(event)
	if err != nil {
		return backoff.Permanent(err)
	}
	command := exec.CommandContext(ctx, c.Run[0], c.Run[1:]...)
	command.Env = append(os.Environ(), "FMCG_EVENT="+string(event.Kind), "FMCG_TITLE="+event.Title, "FMCG_RUN="+event.Run,
		"FMCG_STATE="+event.State, "FMCG_EXIT_CODE="+strconv.Itoa(event.Code), "FMCG_WAREHOUSE="+event.Warehouse)
	command.Stdin = bytes.NewReader(body)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	command.WaitDelay = time.Second // for a grandchild that left the group and holds the pipe open
	killGroup(command)
	if err = command.Run(); err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = errors.New("killed, its time was up")
	}
	err = fmt.Errorf("%s: %w", c.Run[0], err)
	if said := strings.TrimSpace(stderr.String()); said != "" {
		err = fmt.Errorf("%w: %s", err, cut(said, 300))
	}
	return backoff.Permanent(err)
}
