package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/catalog/dashboard"
	"github.com/fmcg/fmcg/catalog/semantic"
	"github.com/fmcg/fmcg/catalog/web"
)

func (a *app) serveCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "serve",
		Short: "Serve the dashboard and the questions to browsers, and follow each new release",
		Long: "Serves the published file, read-only, until it is stopped (Ctrl-C, SIGTERM). Given a lake, operators can start, cancel and\n" +
			"repair runs from the pages and edit the schedules, which --scheduler starts runs by; one that is going then is stopped with\n" +
			"the server. A new release is taken up within seconds; requests in flight end on the one they began on. An address that other machines can reach needs --users (an htpasswd\n" +
			"file of bcrypt lines: htpasswd -B) or --trusted-proxy.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			s := a.settings
			model, err := semantic.Open(s.Model)
			if err != nil {
				return usageError{err}
			}
			ctx, fail := context.WithCancelCause(command.Context())
			defer fail(nil)
			wake := make(chan struct{}, 1)
			operations, end, err := a.operations(ctx, wake)
			if err != nil {
				return err
			}
			defer end()
			boards, err := dashboard.Open(s.Dashboards, model)
			if err != nil {
				return usageError{fmt.Errorf("dashboards %s: %w", s.Dashboards, err)}
			}
			drafter, err := a.drafter()
			if err != nil {
				return usageError{err}
			}
			server, err := web.New(ctx, web.Config{
				Warehouse: s.Warehouse, Model: model, Dashboards: boards, Verified: a.verifiedFile(), Drafter: drafter, Address: s.Address, Hosts: s.Hosts, Users: s.Users, Operators: s.Operators,
				TrustedProxy: s.TrustedProxy, ProxyHeader: s.ProxyHeader, TLSCert: s.TLSCert, TLSKey: s.TLSKey,
				Version: programVersion(), Now: a.now, Log: a.log, Operations: operations,
				Alerts: a.alertNames(),
			})
			if err != nil {
				return usageError{err}
			}
			scheduling := a.alsoSchedule(ctx, wake, fail)
			err = server.Run(ctx, func(address string) { fmt.Fprintf(a.stdout, "Serving %s at %s\n", s.Warehouse, address) })
			fail(nil)
			scheduling.Wait()
			if cause := context.Cause(ctx); command.Context().Err() == nil && !errors.Is(cause, context.Canceled) {
				return cause
			}
			return err
		},
	}
	flags := command.Flags()
	flags.Bool("scheduler", false, "start runs by the schedules too, as fmcg schedule does")
	addScheduleFlags(flags)
	flags.String("address", web.DefaultAddress, "where to listen, host:port")
	flags.StringSlice("hosts", nil, "names the server goes by, beside localhost; others are refused")
	flags.String("users", "", "htpasswd file (bcrypt) of who may log in; read anew when it changes")
	flags.StringSlice("operators", nil, "users who are operators; the others are viewers")
	flags.StringSlice("trusted-proxy", nil, "addresses or networks of a proxy that says who the user is")
	flags.String("proxy-header", "", "header in which it says so; default X-Forwarded-User")
	flags.String("tls-cert", "", "certificate chain, PEM; read anew when it changes")
	flags.String("tls-key", "", "its key, PEM")
	flags.String("dashboards", "", "a folder of dashboards (*.yaml) to show instead of the built-in one")
	flags.String("model", "", "a metric view to ask instead of the built-in one")
	flags.String("verified", "", "file of verified questions; default: fmcg.verified.yaml beside the published file")
	return command
}

// alsoSchedule is fmcg schedule within the server, where that is wanted. If it ends by itself the server does, with its error.
func (a *app) alsoSchedule(ctx context.Context, wake <-chan struct{}, fail func(error)) *sync.WaitGroup {
	var scheduling sync.WaitGroup
	if a.settings.Scheduler {
		scheduling.Go(func() {
			configured, err := a.configuredSchedules()
			if err == nil {
				err = a.runSchedule(ctx, configured, wake)
			}
			if err != nil && ctx.Err() == nil {
				fail(err)
			}
		})
	}
	return &scheduling
}
