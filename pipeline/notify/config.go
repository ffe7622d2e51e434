package notify

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// Kind is what a message is about; notifiers choose by it.
type Kind string

// Kinds of messages.
const (
	Failure    Kind = "failure"    // a run failed or was cancelled, or the query of an alert failed
	Recovery   Kind = "recovery"   // the first run to end well after one that did not; a figure is back
	Success    Kind = "success"    // a run ended well
	Quarantine Kind = "quarantine" // rows in quarantine are above the threshold
	Alert      Kind = "alert"      // a figure crossed its threshold
	Test       Kind = "test"       // asked for by hand; every notifier gets it
)

var kinds = []Kind{Failure, Recovery, Success, Quarantine, Alert}

// DefaultTimeout limits all that is sent of one run, retries included.
const DefaultTimeout = time.Minute

// Config says who is told of what. Its zero value tells nobody.
type Config struct {
	On              []Kind        `koanf:"on"` // all kinds but success when empty
	QuarantineAbove *int64        `koanf:"quarantine_above"`
	Timeout         time.Duration `koanf:"timeout"`
	Webhook         Webhook       `koanf:"webhook"`
	Email           Email         `koanf:"email"`
	Command         Command       `koanf:"command"`
	HeartbeatURL    Secret        `koanf:"heartbeat_url"`
}

// Webhook is a URL that takes a message as JSON.
type Webhook struct {
	URL  Secret  `koanf:"url"`
	Kind Dialect `koanf:"kind"` // told by the host when empty
	On   []Kind  `koanf:"on"`   // in place of Config.On
}

// Email is a server that takes mail, and for whom.
type Email struct {
	Host     string   `koanf:"host"`
	Port     int      `koanf:"port"` // 587, 465 or 25 when zero, by TLS
	TLS      string   `koanf:"tls"`  // starttls, which is the default, tls or none
	User     string   `koanf:"user"`
	Password Secret   `koanf:"password"`
	From     string   `koanf:"from"`
	To       []string `koanf:"to"`
	On       []Kind   `koanf:"on"`
}

// Ways of encrypting mail on its way to the server.
const (
	startTLS    = "starttls" // refused where the server does not offer it
	implicitTLS = "tls"
	noTLS       = "none" // and then no password either
)

// Command is a program that gets the message on its standard input.
type Command struct {
	Run []string `koanf:"run"` // program and arguments; no shell reads them
	On  []Kind   `koanf:"on"`
}

// AlertRule is a figure of the published file with its threshold: what a query gives, or a measure of the last month.
type AlertRule struct {
	Name    string `koanf:"name"`
	Query   string `koanf:"query"`   // gives one number
	Measure string `koanf:"measure"` // of the semantic model, in the last month with data

	Below  *float64 `koanf:"below"`
	Above  *float64 `koanf:"above"`
	Repeat bool     `koanf:"repeat"` // tell after each run, as long as it is beyond
}

// Validate names what is wrong with a configuration, as far as that can be said without its environment variables.
func (c Config) Validate() error {
	var mistakes []error
	wrong := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf("notify."+format, args...)) }
	for where, on := range map[string][]Kind{"on": c.On, "webhook.on": c.Webhook.On, "email.on": c.Email.On, "command.on": c.Command.On} {
		for _, kind := range on {
			if !slices.Contains(kinds, kind) {
				wrong("%s: %q is none of %s", where, kind, list(kinds))
			}
		}
	}
	if c.Timeout < 0 {
		wrong("timeout: %s is negative", c.Timeout)
	}
	if c.Webhook.Kind != "" && !slices.Contains(dialects, c.Webhook.Kind) {
		wrong("webhook.kind: %q is none of %s", c.Webhook.Kind, list(dialects))
	}
	for where, url := range map[string]Secret{"webhook.url": c.Webhook.URL, "heartbeat_url": c.HeartbeatURL} {
		if _, isVariable := url.variable(); url != "" && !isVariable {
			if _, err := parseURL(url); err != nil {
				wrong("%s: %w", where, err)
			}
		}
	}
	if c.Email.Host != "" {
		c.Email.validate(wrong)
	} else if c.Email.From != "" || len(c.Email.To) > 0 {
		wrong("email.host: the server is not named")
	}
	return errors.Join(mistakes...)
}

func (e Email) validate(wrong func(string, ...any)) {
	if !slices.Contains([]string{"", startTLS, implicitTLS, noTLS}, e.TLS) {
		wrong("email.tls: %q is none of starttls, tls, none", e.TLS)
	}
	if e.TLS == noTLS && e.User != "" {
		wrong("email.tls: with none the password of %s would go over the network as it is; use starttls or tls", e.User)
	}
	if len(e.To) == 0 {
		wrong("email.to: nobody is named")
	}
	for _, address := range append([]string{e.From}, e.To...) {
		if _, err := mail.ParseAddress(address); err != nil {
			wrong("email: %q is no address", address)
		}
	}
}

// ValidateAlerts names what is wrong with alerts.
func ValidateAlerts(rules []AlertRule) error {
	var mistakes []error
	seen := map[string]bool{QuarantineFigure: true}
	for i, rule := range rules {
		switch {
		case rule.Name == "":
			mistakes = append(mistakes, fmt.Errorf("alerts: number %d has no name", i+1))
		case seen[rule.Name]:
			mistakes = append(mistakes, fmt.Errorf("alerts: the name %q is taken", rule.Name))
		case (strings.TrimSpace(rule.Query) == "") == (rule.Measure == ""):
			mistakes = append(mistakes, fmt.Errorf("alerts: %s needs a query or a measure, one of them", rule.Name))
		case rule.Below == nil && rule.Above == nil:
			mistakes = append(mistakes, fmt.Errorf("alerts: %s has no threshold: give below, above or both", rule.Name))
		}
		seen[rule.Name] = true
	}
	return errors.Join(mistakes...)
}

func list[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}
