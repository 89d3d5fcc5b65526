#include <doctest/doctest.h>
#include <sys/stat.h>

#include "config/config.h"
#include "support/result.h"
#include "support/scoped_folder.h"
#include "unit/config/read_text.h"

namespace danewerk::config {

using std::chrono::days;
using std::chrono::hours;
using support::ScopedFolder;
using support::write_text;

TEST_CASE("config: the whole contract is read") {
  const auto config = good_config(R"(
state: state
keys: /var/lib/keys
daemon:
  listen: ["127.0.0.1@5300", "::1@5300"]
  metrics: 127.0.0.1@9953
  control-group: dns
  control-socket: run/control
  status-file: /run/status.json
after-run: [systemctl, reload, nsd]
issuers: [issuers.yaml, /srv/more.yaml]
policies:
  default:
    algorithm: rsasha256
    ksk: {bits: 3072, lifetime: never, roll: double-ds, standby: 1}
    zsk: {bits: 2048, lifetime: 90d, roll-in: 24h}
    denial: {type: nsec3, iterations: 0, salt: "", opt-out: true}
    signatures: {validity: 20d, refresh: auto, spread: 2d, batch: 12h, inception-offset: 2h,
                 dnskey-validity: 40d, dnskey-refresh: 10d}
    dnskey-ttl: 2h
    max-zone-ttl: 1d
    propagation-delay: 30m
    parent-propagation-delay: 3h
    parent-ds-ttl: 2d
    cds: always
    ds-digests: [sha256, sha384]
    serial: date
    zonemd: true
    manual: true
    key-retention: 10d
  small: {algorithm: ed25519, csk: {lifetime: 1y}}
  off: {algorithm: none}
zones:
  Example.ORG:
    file: zones/example.org.zone
    policy: small
    output: signed/example.org.zone
    output-mode: 0640
    after-publish: [nsd-control, reload, example.org]
    after-publish-timeout: 2m
    secondaries: [{address: 192.0.2.53, port: 5353, tsig: transfer, notify: true, observe: false}]
    allow-transfer: [{address: 192.0.2.0/24, tsig: Transfer.}]
    parents: [192.0.2.1, "2001:db8::1@5300"]
  sub.example.org: {file: z, parents: {zone: example.org}}
  example.net: {file: z, parents: none}
  example.com: {file: z, parents: auto}
tsig:
  transfer: {algorithm: hmac-sha512, secret-file: tsig/transfer}
)");
  CHECK(config.file == "/etc/danewerk/danewerk.yaml");
  CHECK(config.state == "/etc/danewerk/state");
  CHECK(config.keys == "/var/lib/keys");
  REQUIRE(config.daemon.listen.size() == 2);
  CHECK(to_text(config.daemon.listen[1]) == "::1@5300");
  CHECK(to_text(config.daemon.metrics.value()) == "127.0.0.1@9953");
  CHECK(config.daemon.control_group == "dns");
  CHECK(config.daemon.control_socket.filename() == "control");
  CHECK(config.daemon.status_file == "/run/status.json");
  CHECK(config.after_run.words.size() == 3);
  CHECK(config.issuers == std::vector<Path>{"/etc/danewerk/issuers.yaml", "/srv/more.yaml"});

  const auto& policy = config.policies.at("default");
  CHECK(policy.ksk.bits == 3072);
  CHECK_FALSE(policy.ksk.lifetime);
  CHECK(policy.ksk_roll == model::KskRoll::kDoubleDs);
  CHECK(policy.standby_ksks == 1);
  CHECK(policy.zsk.lifetime == days(90));
  CHECK(policy.zsk_roll_in == hours(24));
  CHECK(policy.denial.opt_out);
  CHECK(policy.signatures.validity == days(20));
  CHECK_FALSE(policy.signatures.refresh);
  CHECK(policy.signatures.spread == days(2));
  CHECK(policy.signatures.batch == hours(12));
  CHECK(policy.signatures.inception_offset == hours(2));
  CHECK(policy.signatures.dnskey_validity == days(40));
  CHECK(policy.signatures.dnskey_refresh == days(10));
  CHECK(policy.dnskey_ttl == hours(2));
  CHECK(policy.max_zone_ttl == days(1));
  CHECK(policy.propagation_delay == std::chrono::minutes(30));
  CHECK(policy.parent_propagation_delay == hours(3));
  CHECK(policy.parent_ds_ttl == days(2));
  CHECK(policy.cds == model::CdsPolicy::kAlways);
  CHECK(policy.ds_digests == std::vector<std::uint8_t>{2, 4});
  CHECK(policy.serial == model::SerialPolicy::kDate);
  CHECK(policy.has_zonemd);
  CHECK(policy.is_manual);
  CHECK(policy.key_retention == days(10));
  CHECK(config.policies.at("small").has_csk);
  CHECK(config.policies.at("small").ksk.lifetime == days(365));
  CHECK(config.policies.at("off").is_unsigned);

  REQUIRE(config.zones.size() == 4);
  const auto& zone = config.zones.at("example.org.");
  CHECK(zone.file == "/etc/danewerk/zones/example.org.zone");
  CHECK(zone.output == "/etc/danewerk/signed/example.org.zone");
  CHECK(zone.output_mode == 0640);
  CHECK(zone.after_publish.words ==
        std::vector<std::string>{"nsd-control", "reload", "example.org"});
  CHECK(zone.after_publish.timeout == std::chrono::minutes(2));
  REQUIRE(zone.secondaries.size() == 1);
  CHECK(to_text(zone.secondaries[0].endpoint) == "192.0.2.53@5353");
  CHECK(zone.secondaries[0].tsig == "transfer.");
  CHECK_FALSE(zone.secondaries[0].observe);
  REQUIRE(zone.allow_transfer.size() == 1);
  CHECK(to_text(zone.allow_transfer[0].network) == "192.0.2.0/24");
  CHECK(std::get<ParentServers>(zone.parents).servers.size() == 2);
  CHECK(std::get<ParentZone>(config.zones.at("sub.example.org.").parents).name == "example.org.");
  CHECK(std::holds_alternative<ParentsNone>(config.zones.at("example.net.").parents));
  CHECK(std::holds_alternative<ParentsAuto>(config.zones.at("example.com.").parents));
  CHECK(config.tsig.at("transfer.").secret_file == "/etc/danewerk/tsig/transfer");
  CHECK(config.tsig.at("transfer.").algorithm == "hmac-sha512");
  CHECK(zone.place.line == 34);
  CHECK(zone.place.column == 3);
}

TEST_CASE("config: what is not said has the defaults of the model") {
  const auto config = good_config(zone_with(""));
  CHECK(config.policy_of(config.zones.at("example.org.")) == model::Policy());
  CHECK(config.policy_of(config.zones.at("example.org.")).zsk.lifetime == days(90));
  const auto empty = good_config("policies:\n  default:\nzones:\n");
  CHECK(empty.policies.at("default") == model::Policy());
  CHECK(empty.keys == "/etc/danewerk/keys");
}

TEST_CASE("config: all faults are told at once, each with its place") {
  const auto findings = faults_of(
      "polices: {}\n"
      "policies:\n"
      "  default: {dnskey-ttl: 1x, serial: sometimes}\n"
      "zones:\n"
      "  example.org: {fiel: z}\n"
      "  a..b: {file: z}\n");
  std::vector<unsigned> lines;
  for (const auto& finding : findings.list()) {
    lines.push_back(finding.place.line);
    CHECK(finding.place.file.ends_with("danewerk.yaml"));
    CHECK(finding.place.column > 0);
  }
  CHECK(lines == std::vector<unsigned>{1, 3, 3, 5, 5, 6});
}

TEST_CASE("config: an unknown key is refused, with the nearest that is known") {
  const auto found = fault(zone_with("    secondarys: []\n"), "CONFIG-KEY-UNKNOWN");
  CHECK(found.place.line == 4);
  CHECK(found.place.column == 5);
  CHECK(found.hint == "did you mean 'secondaries'?");
  const auto top = fault("zone: {}\n", "CONFIG-KEY-UNKNOWN");
  CHECK(top.hint == "did you mean 'zones'?");
  const auto far = fault("frobnicate: 1\n", "CONFIG-KEY-UNKNOWN");
  CHECK(far.hint.find("certificates, daemon") != std::string::npos);
  check_fault("daemon: {port: 53}", "CONFIG-KEY-UNKNOWN", 1);
  check_fault("policies: {p: {zsk: {roll: double-ksk}}}", "CONFIG-KEY-UNKNOWN", 1);
  check_fault("policies: {p: {denial: {salt-length: 3}}}", "CONFIG-KEY-UNKNOWN", 1);
  check_fault("policies: {p: {signatures: {jitter: 3h}}}", "CONFIG-KEY-UNKNOWN", 1);
  check_fault("tsig: {k: {secret-file: s, secret: abcd}}", "CONFIG-KEY-UNKNOWN", 1);
}

TEST_CASE("config: wrong types are refused") {
  check_fault("zones: [example.org]\n", "CONFIG-TYPE", 1);
  check_fault("- a\n", "CONFIG-TYPE", 1);
  check_fault("just text\n", "CONFIG-TYPE", 1);
  check_fault("policies: {p: fast}\n", "CONFIG-TYPE", 1);
  check_fault("policies: {p: {ksk: 2048}}\n", "CONFIG-TYPE", 1);
  check_fault(zone_with("    after-publish: nsd-control reload\n"), "CONFIG-TYPE", 4);
  check_fault(zone_with("    after-publish: [[a]]\n"), "CONFIG-TYPE", 4);
  check_fault(zone_with("    secondaries: {address: 192.0.2.1}\n"), "CONFIG-TYPE", 4);
  check_fault(zone_with("    policy: [default]\n"), "CONFIG-TYPE", 4);
  check_fault("zones: {example.org: {file: }}\n", "CONFIG-TYPE", 1);
}

TEST_CASE("config: whole numbers are decimal digits and nothing else") {
  for (const auto* number : {"010", "0x10", "1e3", "1_000", "+53", "-1", "53.0", "\"53\"", "0o17",
                             "65536", "0", "99999999999999999999999", "many", "[53]", ""}) {
    INFO(number);
    const auto text =
        zone_with("    secondaries: [{address: 192.0.2.1, port: " + std::string(number) + "}]\n");
    CHECK(fault(text, "CONFIG-VALUE").place.line == 4);
  }
  CHECK(good_config(zone_with("    secondaries: [{address: 192.0.2.1, port: 10}]\n"))
            .zones.at("example.org.")
            .secondaries[0]
            .endpoint.port == 10);
}

TEST_CASE("config: booleans are true and false and nothing else") {
  for (const auto* flag : {"yes", "no", "on", "off", "True", "FALSE", "1", "\"true\"", "y", ""}) {
    INFO(flag);
    check_fault("policies: {p: {zonemd: " + std::string(flag) + "}}", "CONFIG-VALUE", 1);
  }
}

TEST_CASE("config: impossible values are refused") {
  for (const auto* policy : {"algorithm: rsasha1",
                             "algorithm: RSASHA256",
                             "ksk: {bits: 512}",
                             "ksk: {bits: 8192}",
                             "ksk: {lifetime: 0}",
                             "ksk: {lifetime: 3 days}",
                             "zsk: {roll-in: slowly}",
                             "ksk: {roll: single}",
                             "ksk: {standby: 5}",
                             "denial: {type: nsec5}",
                             "denial: {iterations: 51}",
                             "denial: {salt: abc}",
                             "denial: {salt: xy}",
                             "signatures: {validity: 0}",
                             "signatures: {validity: 30y}",
                             "dnskey-ttl: 69y",
                             "cds: sometimes",
                             "ds-digests: [sha1]",
                             "ds-digests: []",
                             "ds-digests: [sha256, sha256]",
                             "serial: random",
                             "propagation-delay: -1h",
                             "propagation-delay: 101y"}) {
    INFO(policy);
    check_fault("policies: {p: {" + std::string(policy) + "}}", "CONFIG-VALUE", 1);
  }
  for (const auto* zone :
       {"    secondaries: [{address: ns1.example.org}]\n",
        "    secondaries: [{address: 192.0.2}]\n",
        "    allow-transfer: [{address: 192.0.2.1/24}]\n",
        "    allow-transfer: [{address: 192.0.2.0/33}]\n", "    parents: [ns.example.org]\n",
        "    parents: []\n", "    parents: sometimes\n", "    output-mode: 0666\n",
        "    output-mode: 420\n", "    output-mode: rw\n", "    output: \"\"\n    policy: \"\"\n",
        "    after-publish: [\"\", x]\n", "    after-publish-timeout: 2h\n",
        "    after-publish-timeout: 0\n", "    output: signed/%d\n",
        "    after-publish: [a, \"100%\"]\n"}) {
    INFO(zone);
    check_fault(zone_with(zone), "CONFIG-VALUE",
                zone == std::string_view("    output: \"\"\n    policy: \"\"\n") ? 5 : 4);
  }
  check_fault("daemon: {listen: [localhost]}", "CONFIG-VALUE", 1);
  check_fault("daemon: {metrics: \"127.0.0.1@99999\"}", "CONFIG-VALUE", 1);
  check_fault("zones: {example.org: {file: \"a\\0b\"}}", "CONFIG-VALUE", 1);
  check_fault("zones: {example.org: {file: \"\"}}", "CONFIG-VALUE", 1);
  check_fault("tsig: {k: {algorithm: hmac-md5, secret-file: s}}", "CONFIG-VALUE", 1);
}

TEST_CASE("config: what contradicts itself is refused") {
  for (const auto* policy :
       {"{csk: {}, zsk: {}}", "{csk: {}, ksk: {}}", "{algorithm: ed25519, zsk: {bits: 2048}}",
        "{denial: {type: nsec, opt-out: true}}", "{denial: {type: nsec, iterations: 1}}"}) {
    INFO(policy);
    check_fault("policies: {p: " + std::string(policy) + "}", "CONFIG-CONFLICT", 1);
  }
  check_fault(zone_with("    output: z\n"), "CONFIG-CONFLICT", 4);
  check_fault(zone_with("    output: ./x/../z\n"), "CONFIG-CONFLICT", 4);
  check_fault(zone_with("    output: s\n  example.net: {file: y, output: s}\n"), "CONFIG-CONFLICT",
              4);
  check_fault(zone_with("    parents: {zone: example.net}\n  example.net: {file: y}\n"),
              "CONFIG-CONFLICT", 2);
  check_fault(zone_with("    parents: {zone: example.org}\n"), "CONFIG-CONFLICT", 2);
}

TEST_CASE("config: names that are not there are refused, with the nearest that is") {
  const auto policy =
      fault("policies: {slow: {}}\n" + zone_with("    policy: slwo\n"), "CONFIG-NAME-UNKNOWN");
  CHECK(policy.place.line == 5);
  CHECK(policy.hint == "did you mean 'slow'?");
  check_fault(zone_with("    secondaries: [{address: 192.0.2.1, tsig: k}]\n"),
              "CONFIG-NAME-UNKNOWN", 4);
  check_fault(zone_with("    parents: {zone: org}\n"), "CONFIG-NAME-UNKNOWN", 4);
  check_fault(zone_with("    template: t\n"), "CONFIG-NAME-UNKNOWN", 4);
}

TEST_CASE("config: what is needed must be there") {
  check_fault("zones:\n  example.org:\n", "CONFIG-KEY-MISSING", 2);
  check_fault("zones:\n  example.org: {policy: default}\n", "CONFIG-KEY-MISSING", 2);
  check_fault("tsig: {k: {algorithm: hmac-sha256}}\n", "CONFIG-KEY-MISSING", 1);
  check_fault(zone_with("    secondaries: [{port: 53}]\n"), "CONFIG-KEY-MISSING", 4);
}

TEST_CASE("config: one zone under two spellings is one zone too many") {
  check_fault("zones:\n  example.org: {file: a}\n  Example.Org.: {file: b}\n", "CONFIG-TWICE", 3);
  check_fault(zone_with("    secondaries: [{address: 192.0.2.1}, {address: 192.0.2.1}]\n"),
              "CONFIG-TWICE", 4);
}

TEST_CASE("config: templates fill in the zone's name, and the zone has the last word") {
  const auto config = good_config(R"(
templates:
  host:
    file: zones/%s.zone
    output: signed/%s
    after-publish: [reload, "%s", "100%%"]
    secondaries: [{address: 192.0.2.1}]
zones:
  example.org: {template: host}
  Example.NET: {template: host, output: other, secondaries: []}
  0/25.2.0.192.in-addr.arpa: {template: host}
  .: {template: host}
)");
  const auto& org = config.zones.at("example.org.");
  CHECK(org.file == "/etc/danewerk/zones/example.org.zone");
  CHECK(org.output == "/etc/danewerk/signed/example.org");
  CHECK(org.after_publish.words == std::vector<std::string>{"reload", "example.org", "100%"});
  CHECK(org.secondaries.size() == 1);
  const auto& net = config.zones.at("example.net.");
  CHECK(net.file == "/etc/danewerk/zones/example.net.zone");
  CHECK(net.output == "/etc/danewerk/other");
  CHECK(net.secondaries.empty());
  const auto& reverse = config.zones.at("0/25.2.0.192.in-addr.arpa.");
  CHECK(reverse.file == "/etc/danewerk/zones/0_25.2.0.192.in-addr.arpa.zone");
  CHECK(reverse.after_publish.words[1] == "0/25.2.0.192.in-addr.arpa");
  CHECK(config.zones.at(".").file == "/etc/danewerk/zones/root.zone");
}

TEST_CASE("config: a fault in a template is told once, not once a zone") {
  const auto findings = faults_of(R"(templates: {host: {file: "%s", output: "%x"}}
zones: {a.example: {template: host}, b.example: {template: host}}
)");
  CHECK(findings.count(Level::kError) == 1);
  CHECK(findings.list()[0].place.line == 1);
}

TEST_CASE("config: a folder of zones is included, and a zone in two files names both places") {
  const ScopedFolder folder;
  const auto main = folder / "danewerk.yaml";
  std::filesystem::create_directory(folder / "zones.d");
  write_text(main, "include: zones.d/*.yaml\nzones:\n  example.org: {file: a}\n");
  CHECK(read_config(main).config);
  write_text(folder / "zones.d/1.yaml", "zones:\n  example.net: {file: zones/b, template: t}\n");
  write_text(folder / "zones.d/2.yaml", "templates:\n  t: {output: out/%s}\n");
  const auto read = read_config(main);
  for (const auto& finding : read.findings.list()) FAIL_CHECK(danewerk::to_text(finding));
  REQUIRE(read.config);
  CHECK(read.config->zones.at("example.net.").file == folder / "zones/b");
  CHECK(read.config->zones.at("example.net.").output == folder / "out/example.net");
  CHECK(read.config->files.size() == 3);

  write_text(folder / "zones.d/2.yaml",
             "templates:\n  t: {output: out/%s}\nzones:\n  example.org: {file: b}\nstate: x\n");
  write_text(folder / "zones.d/3.yaml", "state: y\n");
  const auto twice = read_config(main);
  CHECK_FALSE(twice.config);
  REQUIRE(twice.findings.count("CONFIG-TWICE") == 2);
  const auto& state = twice.findings.list()[0];
  CHECK(danewerk::to_text(state.place) == (folder / "zones.d/3.yaml").string() + ":1:8");
  CHECK(state.message.find("2.yaml:5:8") != std::string::npos);
  const auto& zone = twice.findings.list()[1];
  CHECK(zone.place.file.ends_with("2.yaml"));
  CHECK(zone.message.find("danewerk.yaml:3:3") != std::string::npos);
}

TEST_CASE("config: including goes neither round nor down for ever") {
  const ScopedFolder folder;
  const auto main = folder / "danewerk.yaml";
  write_text(main, "include: [a.yaml]\n");
  write_text(folder / "a.yaml", "include: [./danewerk.yaml]\n");
  CHECK(read_config(main).findings.count("CONFIG-INCLUDE") == 1);
  write_text(folder / "a.yaml", "include: [a.yaml]\n");
  CHECK(read_config(main).findings.count("CONFIG-INCLUDE") == 1);
  for (int i = 0; i < 9; ++i) {
    write_text(folder / (std::to_string(i) + ".yaml"),
               "include: " + std::to_string(i + 1) + ".yaml\n");
  }
  write_text(folder / "8.yaml", "{}");
  write_text(main, "include: 1.yaml\n");
  CHECK(read_config(main).config);
  write_text(main, "include: 0.yaml\n");
  CHECK(read_config(main).findings.count("CONFIG-INCLUDE") == 1);
  write_text(main, "include: missing.yaml\n");
  CHECK(read_config(main).findings.count("CONFIG-INCLUDE") == 1);
  CHECK(read_config_text("include: x\n", "t").findings.count("CONFIG-INCLUDE") == 1);
}

TEST_CASE("config: a file that others can write is refused, for it names commands") {
  const ScopedFolder folder;
  const auto main = folder / "danewerk.yaml";
  for (const mode_t mode : {0600U, 0644U, 0444U}) {
    write_text(main, "{}", mode);
    CHECK(read_config(main).config);
  }
  for (const mode_t mode : {0620U, 0602U, 0666U}) {
    write_text(main, "{}", mode);
    const auto read = read_config(main);
    CHECK_FALSE(read.config);
    CHECK(read.findings.count("CONFIG-ACCESS") == 1);
  }
  write_text(main, "include: b.yaml\n");
  write_text(folder / "b.yaml", "{}", 0622);
  CHECK(read_config(main).findings.count("CONFIG-ACCESS") == 1);
  write_text(main, "{}");
  REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
  CHECK(read_config(main).findings.count("CONFIG-ACCESS") == 1);
  REQUIRE(::chmod(folder.path().c_str(), 01777) == 0);
  CHECK(read_config(main).config);
  CHECK(read_config(folder / "none.yaml").findings.count("CONFIG-UNREADABLE") == 1);
  CHECK(read_config(folder.path()).findings.has_errors());
}

TEST_CASE("config: a link into a folder that others can write is refused") {
  const ScopedFolder folder;
  std::filesystem::create_directory(folder / "open");
  write_text(folder / "open/real.yaml", "{}");
  REQUIRE(::chmod((folder / "open").c_str(), 0777) == 0);
  std::filesystem::create_symlink(folder / "open/real.yaml", folder / "danewerk.yaml");
  CHECK(read_config(folder / "danewerk.yaml").findings.count("CONFIG-ACCESS") == 1);
}

TEST_CASE("config: the digest follows every octet of every file, and nothing else") {
  const ScopedFolder folder;
  const auto main = folder / "danewerk.yaml";
  write_text(main, "include: b.yaml\n");
  write_text(folder / "b.yaml", "{}");
  const auto before = read_config(main).config.value().digest;
  CHECK(before.size() == 64);
  CHECK(read_config(main).config.value().digest == before);
  write_text(folder / "b.yaml", "{} # note");
  CHECK(read_config(main).config.value().digest != before);
}

TEST_CASE("config: a zone is found as people type its name, and no other") {
  const auto config = good_config(zone_with(""));
  CHECK(test::good(find_zone(config, "EXAMPLE.org"))->name == "example.org.");
  CHECK(test::good(find_zone(config, "example.org."))->name == "example.org.");
  const auto other = find_zone(config, "example.net");
  REQUIRE(!other);
  CHECK(other.error().code() == Errc::kBadInput);
  CHECK(other.error().message() == "'example.net.' is no zone of /etc/danewerk/danewerk.yaml");
  CHECK(find_zone(config, "a..b").error().code() == Errc::kBadInput);
}

TEST_CASE("config: --config goes before the environment, that before what lies about") {
  using User = ConfigPlaces::User;
  CHECK(test::good(find_config_file({"a", "b", User::kOther})) == "a");
  CHECK(test::good(find_config_file({"", "b", User::kOther})) == "b");
  const ScopedFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_text(folder / "danewerk.yaml", "{}");
  CHECK(test::good(find_config_file({"", "", User::kOther})) == "danewerk.yaml");
  const auto as_root = find_config_file({"", "", User::kRoot});
  CHECK((!as_root || *as_root == "/etc/danewerk/danewerk.yaml"));
  // It is told why, and how it can be taken.
  if (!as_root) {
    CHECK(as_root.error().hint().find("danewerk --config ./danewerk.yaml") != std::string::npos);
  }
  std::filesystem::current_path(before);
}

}  // namespace danewerk::config
