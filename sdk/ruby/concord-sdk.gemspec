# frozen_string_literal: true

require_relative "lib/concord/version"

Gem::Specification.new do |spec|
  spec.name = "concord-sdk"
  spec.version = Concord::VERSION
  spec.summary = "Contract-first services and events: exactly-once effects, order per key, over NATS JetStream"
  spec.authors = ["The Concord authors"]
  spec.license = "Apache-2.0"
  spec.required_ruby_version = ">= 3.1"
  spec.files = Dir["lib/**/*.rb", "proto/**/*.rb", "migrations/**/*.sql", "README.md", "LICENSE"]
  spec.require_paths = ["lib", "proto"]
  spec.metadata["rubygems_mfa_required"] = "true"

  spec.add_dependency "google-protobuf", ">= 4.30", "< 5"
  spec.add_dependency "googleapis-common-protos-types", "~> 1.20"
  spec.add_dependency "nats-pure", "~> 2.5"
  spec.add_dependency "puma", ">= 6.4", "< 9"
  spec.add_dependency "sequel", "~> 5.80"
end
