#include "app/cli_tlsa.h"

namespace danewerk::app {

namespace {

/// A subcommand whose name becomes the verb.
CLI::App* add_verb(CLI::App& app, TlsaCommand& command, const std::string& verb,
                   const std::string& text) {
  auto* added = app.add_subcommand(verb, text);
  added->callback([&command, verb] { command.verb = verb; });
  return added;
}

CLI::Option* add_binding(CLI::App& app, TlsaCommand& command, const std::string& text) {
  return app.add_option("BINDING", command.binding, text);
}

CLI::App* add_verb_with_binding(CLI::App& app, TlsaCommand& command, const std::string& verb,
                                const std::string& text) {
  auto* added = add_verb(app, command, verb, text);
  add_binding(*added, command, "name of the certificate")->required();
  return added;
}

void add_span(CLI::App& app, TlsaCommand& command) {
  app.add_option_function<std::string>(
         "--until",
         [&command](const std::string& text) {
           const auto span = parse_duration(text);
           if (!span) throw CLI::ValidationError(span.error().message());
           command.span = *span;
         },
         "how far to look ahead (default: 90d)")
      ->type_name("SPAN");
}

void add_key_commands(CLI::App& app, TlsaCommand& command) {
  auto* roll = add_verb_with_binding(app, command, "roll", "replace the key");
  roll->add_flag("--abort", command.is_aborted, "turn it back, or give up the next key");
  auto* next = add_verb_with_binding(app, command, "next-key", "make the key to be served next");
  next->add_option("--type", command.type, "p256, p384, ed25519, rsa2048, rsa3072, rsa4096")
      ->type_name("KIND");
  next->add_option("--public", command.file, "take the public half of one that is elsewhere")
      ->type_name("FILE")
      ->excludes("--type");
  next->add_flag("--lost", command.is_lost, "the next key is no more, or not ours alone")
      ->excludes("--type")
      ->excludes("--public");
  auto* csr = add_verb_with_binding(app, command, "csr", "a request for a certificate (PKCS#10)");
  csr->add_option("--key", command.key, "current (default) or next")
      ->check(CLI::IsMember({"current", "next"}))
      ->type_name("WHICH");
  csr->add_option("-o,--output", command.output, "where to (default: standard output)")
      ->type_name("FILE");
}

void add_emergency(CLI::App& app, TlsaCommand& command) {
  auto* emergency =
      add_verb_with_binding(app, command, "emergency", "key stolen or lost, issuer not to trust");
  auto* kind = emergency->add_option_group("kind");
  const auto add_kind = [&](const char* name, const char* value, const char* text) {
    kind->add_flag_callback(name, [&command, value] { command.kind = value; }, text);
  };
  add_kind("--stolen", "key-stolen", "somebody else has the key");
  add_kind("--lost", "key-lost", "nobody has the key any more");
  kind->add_option_function<std::string>(
          "--issuer",
          [&command](const std::string& file) {
            command.kind = "issuer-compromised";
            command.file = file;
          },
          "the issuer with this certificate is not to be trusted")
      ->type_name("FILE");
  kind->require_option(1);
  emergency->add_option("--choose", command.choose, "next, availability, security or records")
      ->check(CLI::IsMember({"next", "availability", "security", "records"}))
      ->type_name("WAY");
  emergency->add_flag("--confirm", command.is_confirmed, "do it, and do not only say what");
}

}  // namespace

void add_tlsa_binding_commands(CLI::App& app, TlsaCommand& command) {
  add_verb(app, command, "list", "certificates and where each of them stands");
  add_binding(*add_verb(app, command, "show", "all that is remembered of a certificate"), command,
              "name of the certificate (default: all)");
  auto* plan = add_verb(app, command, "plan", "what will happen to certificates and records");
  add_binding(*plan, command, "name of the certificate (default: all)");
  add_span(*plan, command);
  auto* what_if = add_verb_with_binding(app, command, "what-if", "what would come of a renewal");
  what_if->add_option("WHAT", command.what, "renew, new-key, new-issuer or stolen")
      ->required()
      ->check(CLI::IsMember({"renew", "new-key", "new-issuer", "stolen"}));
  add_span(*what_if, command);
  add_key_commands(app, command);
  auto* adopt = add_verb_with_binding(app, command, "adopt", "take over records of the zone file");
  adopt->add_flag("--drop-stale", command.drops_stale, "let go of those that match nothing");
  adopt->add_flag("--confirm-issuer", command.confirms_issuer,
                  "let in the issuer of a certificate that waits, or a root that changed");
  add_emergency(app, command);
  add_verb_with_binding(app, command, "stop", "withdraw all TLSA records safely");
  add_verb_with_binding(app, command, "resume", "publish TLSA records again");
}

void add_service_options(CLI::App& app, ServiceOptions& options) {
  app.add_option("--resolver", options.resolvers,
                 "resolver to ask, or root (default: those of resolv.conf)")
      ->type_name("ADDRESS[@PORT]")
      ->take_all();
  app.add_option("--trust-anchor", options.trust_anchors,
                 "file with DS or DNSKEY records (default: the root's keys)")
      ->type_name("FILE")
      ->take_all();
  app.add_option_function<std::string>(
         "--timeout",
         [&options](const std::string& text) {
           const auto span = parse_duration(text);
           if (!span) throw CLI::ValidationError(span.error().message());
           options.timeout = *span;
         },
         "for one wait (default: 10s)")
      ->type_name("SPAN");
  app.add_option("--jobs", options.jobs, "addresses looked at together (default: 8)")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
}

void add_tlsa_verify_options(CLI::App& app, TlsaVerifyCommand& command) {
  auto& options = command.options;
  app.add_option("SERVICE", command.services, "HOST:PORT/PROFILE");
  app.add_option("--mx", command.domains, "the mail hosts of a domain")
      ->type_name("DOMAIN")
      ->take_all();
  app.add_flag("--check", command.is_check, "one line and exit code for monitoring");
  app.add_option("--domain", options.domain, "that the services are for (SMTP, XMPP)")
      ->type_name("NAME");
  add_service_options(app, options);
  app.add_option("--mail-port", options.mail_port, "with --mx (default: 25)")
      ->check(CLI::Range(1, 65'535))
      ->type_name("N");
  app.add_option("--dns-port", options.dns_port, "of authoritative servers (default: 53)")
      ->check(CLI::Range(1, 65'535))
      ->type_name("N");
  app.add_flag("--no-authorities", options.leaves_servers_alone,
               "ask the resolver only, not each authoritative server");
}

}  // namespace danewerk::app
