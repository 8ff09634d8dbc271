using ScoringCluster.ServiceDefaults;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.Hosting;
using ScoringCluster.Silo;

var builder = ScoringProgram.CreateBuilder(ClusterRole.Silo, args);
builder.AddScoringServiceDefaults(); // telemetry, health, state, membership
builder.AddScoringSilo(); // engines, replicas, control plane, jobs
builder.ListenForProbes(); // HTTP for probes and metrics

var app = builder.Build();
app.MapScoringServiceDefaults(); // /health, /metrics
return await app.RunScoringAsync();
