package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cenkalti/backoff/v5"
)

// Dialect is the JSON that a webhook takes.
type Dialect string

// Dialects of webhooks.
const (
	Slack   Dialect = "slack"   // text and blocks; Mattermost and Rocket.Chat take it too
	Teams   Dialect = "teams"   // an Adaptive Card in the envelope that Teams workflows want
	Generic Dialect = "generic" // the Event
)

var dialects = []Dialect{Slack, Teams, Generic}

// dialectOf tells the dialect by the host: Slack's, or one of the hosts that Teams workflows and, before them, connectors use.
func dialectOf(host string) Dialect {
	for suffix, dialect := range map[string]Dialect{
		"hooks.slack.com": Slack, "hooks.slack-gov.com": Slack,
		".webhook.office.com": Teams, ".logic.azure.com": Teams, ".api.powerplatform.com": Teams,
	} {
		if host == suffix || strings.HasSuffix(host, suffix) && strings.HasPrefix(suffix, ".") {
			return dialect
		}
	}
	return Generic
}

// webhookURL is a URL that is posted to.
type webhookURL struct{ *url.URL }

// url resolves a URL and notes its secrets.
func (n *Notifiers) url(text Secret, environment func(string) (string, bool)) (*webhookURL, error) {
	text, err := text.resolve(environment)
	if err != nil {
		return nil, err
	}
	parsed, err := parseURL(text)
	if err != nil {
		return nil, err
	}
	n.secrets.addURL(parsed)
	return &webhookURL{parsed}, nil
}

func (n *Notifiers) webhook(config Webhook, environment func(string) (string, bool)) (func(context.Context, Event) error, error) {
	target, err := n.url(config.URL, environment)
	if err != nil {
		return nil, err
	}
	dialect := config.Kind
	if dialect == "" {
		dialect = dialectOf(target.Hostname())
	}
	return func(ctx context.Context, event Event) error {
		var payload any = event
		switch dialect {
		case Slack:
			payload = slackMessage(event)
		case Teams:
			payload = teamsMessage(event)
		}
		body, err := json.Marshal(payload)
		if err != nil {
			return backoff.Permanent(err)
		}
		return target.post(ctx, "application/json", body)
	}, nil
}

// client follows no redirect: one would take the message, and the secrets in its URL, to a host that nobody named.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// post makes one attempt. What the receiver will refuse again is a permanent error.
func (u *webhookURL) post(ctx context.Context, contentType string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return backoff.Permanent(fmt.Errorf("%s can't be posted to", place(u.URL)))
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("User-Agent", "fmcg")
	response, err := client.Do(request)
	if err != nil {
		if wrapped := new(url.Error); errors.As(err, &wrapped) { // whose text shows the whole URL
			err = wrapped.Err
		}
		err = fmt.Errorf("post to %s: %w", place(u.URL), err)
		if certificate := new(tls.CertificateVerificationError); errors.As(err, &certificate) {
			return backoff.Permanent(fmt.Errorf("%w; SSL_CERT_FILE names authorities of one's own", err))
		}
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16)) // so that the connection can be used again
	return u.judge(response)
}

func (u *webhookURL) judge(response *http.Response) error {
	code := response.StatusCode
	err := fmt.Errorf("%s answered %d %s", place(u.URL), code, http.StatusText(code))
	switch {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		if seconds, notNumber := strconv.Atoi(response.Header.Get("Retry-After")); notNumber == nil && seconds > 0 {
			return fmt.Errorf("%w, %w", err, backoff.RetryAfter(seconds))
		}
		return err
	case code >= 500 || code == http.StatusRequestTimeout || code == http.StatusTooEarly:
		return err
	case code == http.StatusBadRequest:
		err = fmt.Errorf("%w: it takes other JSON; set kind to slack, teams or generic", err)
	case code == http.StatusNotFound || code == http.StatusGone:
		err = fmt.Errorf("%w: the URL is mistyped, or was withdrawn there", err)
	}
	return backoff.Permanent(err)
}

// What receivers take at most, with something to spare: Slack 150 characters in a header and 3,000 in a section, Teams
// 28 KB in all.
const (
	mostTitle = 140
	mostText  = 1000
	mostError = 2500
)

// object is a JSON object.
type object = map[string]any

// slackMessage: text is what a notification shows, blocks what the channel shows.
func slackMessage(event Event) object {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
	section := func(text string) object {
		return object{"type": "section", "text": object{"type": "mrkdwn", "text": text}}
	}
	blocks := []object{{"type": "header", "text": object{"type": "plain_text", "text": cut(event.Title, mostTitle)}}}
	if event.Text != "" {
		blocks = append(blocks, section(escape(cut(event.Text, mostText))))
	}
	if event.Error != "" { // escaping makes it longer, so that it is cut on both sides of it
		blocks = append(blocks, section("```"+cut(escape(cut(event.Error, mostError)), mostError+400)+"```"))
	}
	var lines []string
	for _, fact := range event.facts {
		lines = append(lines, "*"+fact.name+"*  "+escape(cut(fact.value, 200)))
	}
	blocks = append(blocks, section(strings.Join(lines, "\n")))
	return object{"text": escape(event.Title), "blocks": blocks}
}

// teamsMessage: texts that are not ours stand in text runs, which are shown as they are; other blocks read Markdown.
func teamsMessage(event Event) object {
	literal := func(text string, mono bool) object {
		run := object{"type": "TextRun", "text": text}
		if mono {
			run["fontType"] = "Monospace"
		}
		return object{"type": "RichTextBlock", "inlines": []object{run}}
	}
	title := literal(cut(event.Title, mostTitle), false)
	title["inlines"].([]object)[0]["weight"] = "Bolder"
	body := []object{title}
	if event.Text != "" {
		body = append(body, literal(cut(event.Text, mostText), false))
	}
	if event.Error != "" {
		body = append(body, literal(cut(event.Error, mostError), true))
	}
	var facts []object
	for _, fact := range event.facts {
		facts = append(facts, object{"title": fact.name, "value": cut(fact.value, 200)})
	}
	body = append(body, object{"type": "FactSet", "facts": facts})
	card := object{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body}
	return object{"type": "message", "attachments": []object{{
		"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card,
	}}}
}
