package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"

	"github.com/cenkalti/backoff/v5"
	"github.com/wneessen/go-mail"
)

func (n *Notifiers) email(config Email, environment func(string) (string, bool)) (func(context.Context, Event) error, error) {
	options := []mail.Option{mail.WithTimeout(n.timeout / 3)}
	port := config.Port
	usual := func(standard int) {
		if port == 0 {
			port = standard
		}
	}
	switch config.TLS {
	case implicitTLS:
		usual(mail.DefaultPortSSL)
		options = append(options, mail.WithSSL())
	case noTLS:
		usual(mail.DefaultPort)
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		usual(mail.DefaultPortTLS)
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	options = append(options, mail.WithPort(port))
	if config.User != "" {
		password, err := config.Password.resolve(environment)
		if err != nil {
			return nil, err
		}
		if password == "" {
			return nil, fmt.Errorf("%s has no password: set FMCG_SMTP_PASSWORD", config.User)
		}
		n.secrets.addPassword(config.User, string(password))
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(config.User), mail.WithPassword(string(password)))
	}
	if _, err := mail.NewClient(config.Host, options...); err != nil {
		return nil, err
	}
	server := net.JoinHostPort(config.Host, strconv.Itoa(port))
	n.post = func(ctx context.Context, message *mail.Msg) error {
		if err := message.From(config.From); err != nil {
			return backoff.Permanent(err)
		}
		client, err := mail.NewClient(config.Host, options...) // a connection each, so that attempts share nothing
		if err != nil {
			return backoff.Permanent(err)
		}
		if err := client.DialAndSendWithContext(ctx, message); err != nil && !message.IsDelivered() { // taken, whatever came after
			return judgeMail(fmt.Errorf("mail by %s: %w", server, err))
		}
		return nil
	}
	return func(ctx context.Context, event Event) error {
		message := mail.NewMsg()
		if err := message.To(config.To...); err != nil {
			return backoff.Permanent(err)
		}
		message.Subject("[fmcg] " + cut(event.Title, mostTitle))
		message.SetDateWithValue(event.At)
		message.SetBodyString(mail.TypeTextPlain, event.Title+"\n\n"+event.plain())
		return n.post(ctx, message)
	}, nil
}

// judgeMail marks what a server will refuse again: a 5xx answer, a certificate.
func judgeMail(err error) error {
	if certificate := new(tls.CertificateVerificationError); errors.As(err, &certificate) {
		return backoff.Permanent(fmt.Errorf("%w; SSL_CERT_FILE names authorities of one's own", err))
	}
	if refused := new(mail.SendError); errors.As(err, &refused) && refused.ErrorCode() >= 500 {
		return backoff.Permanent(err)
	}
	if answer := new(textproto.Error); errors.As(err, &answer) && answer.Code >= 500 {
		return backoff.Permanent(err)
	}
	return err
}
