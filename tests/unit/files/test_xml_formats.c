/* test_xml_formats.c -- GPX and TCX as the world writes them, and as nobody should. */
#include "files_testing.h"

#define GPX_OPEN "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"t\" xmlns=\"http://www.topografix.com/GPX/1/1\">"
#define POINT(lat, second, more)                                                                                                 \
        "<trkpt lat=\"" lat "\" lon=\"8.0\"><ele>10.5</ele><time>2024-05-01T10:00:" second "Z</time>" more "</trkpt>"
#define TWO_POINTS  POINT("47.0", "00", "") POINT("47.0001", "05", "")
#define GPX(inside) GPX_OPEN "<trk>" inside "</trk></gpx>"
#define TCX(inside)                                                                                                              \
        "<?xml version=\"1.0\"?><TrainingCenterDatabase xmlns=\"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2\">"   \
        "<Activities>" inside "</Activities></TrainingCenterDatabase>"

static const struct recording_session *only_session(const struct reading *reading)
{
        assert_reads(reading);
        assert_int_equal(reading->recording.session_count, 1);
        return &reading->recording.sessions[0];
}

static void assert_value(const struct recording_session *session, enum stream_channel channel, size_t i, double expected)
{
        assert_non_null(session->streams.channel[channel]);
        assert_close(session->streams.channel[channel][i], expected, 1e-9, stream_infos[channel].key);
}

static void every_way_to_write_a_sensor_in_gpx_is_understood(void **state)
{
        (void)state;
        static const struct {
                const char *extension;
                enum stream_channel channel;
                double value;
        } rows[] = {
                { "<extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>151</gpxtpx:hr></gpxtpx:TrackPointExtension></extensions>",
                  STREAM_HEARTRATE, 151 },
                { "<extensions><ns3:TrackPointExtension><ns3:cad>83</ns3:cad></ns3:TrackPointExtension></extensions>",
                  STREAM_CADENCE, 83 },
                { "<extensions><TrackPointExtension><atemp>-4.5</atemp></TrackPointExtension></extensions>", STREAM_TEMP, -4.5 },
                { "<extensions><gpxtpx:TrackPointExtension><gpxtpx:speed>3.25</gpxtpx:speed></gpxtpx:TrackPointExtension></"
                  "extensions>",
                  STREAM_VELOCITY, 3.25 },
                { "<extensions><gpxdata:hr>99</gpxdata:hr></extensions>", STREAM_HEARTRATE, 99 },
                { "<extensions><gpxdata:cadence>77</gpxdata:cadence></extensions>", STREAM_CADENCE, 77 },
                { "<extensions><gpxdata:temp>21</gpxdata:temp></extensions>", STREAM_TEMP, 21 },
                { "<extensions><gpxdata:distance>1234.5</gpxdata:distance></extensions>", STREAM_DISTANCE, 1234.5 },
                { "<extensions><power>280</power></extensions>", STREAM_WATTS, 280 },
                { "<extensions><heartrate>141</heartrate></extensions>", STREAM_HEARTRATE, 141 },
                { "<extensions><pwr:PowerInWatts>333</pwr:PowerInWatts></extensions>", STREAM_WATTS, 333 },
                { "<extensions><cadence>90</cadence></extensions>", STREAM_CADENCE, 90 },
                { "<speed>2.5</speed>", STREAM_VELOCITY, 2.5 },
        };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                char text[2048];
                snprintf(text, sizeof text,
                         GPX_OPEN "<trk><trkseg><trkpt lat=\"47\" "
                                  "lon=\"8\"><time>2024-05-01T10:00:00Z</time>%s</trkpt></trkseg></trk></gpx>",
                         rows[i].extension);
                READING *reading = read_text(text);
                assert_value(only_session(reading), rows[i].channel, 0, rows[i].value);
        }
}

static void zero_and_255_beats_are_no_beats(void **state)
{
        (void)state;
        READING *reading =
                read_text(GPX("<trkseg>" POINT("47.0", "00", "<extensions><hr>0</hr></extensions>")
                                      POINT("47.0", "01", "<extensions><hr>255</hr></extensions>")
                                              POINT("47.0", "02", "<extensions><hr>120</hr></extensions>") "</trkseg>"));
        assert_int_equal(count_values(&only_session(reading)->streams, STREAM_HEARTRATE), 1);
}

static void blanks_and_byte_order_marks_before_the_document_are_skipped(void **state)
{
        (void)state;
        static const char *const before[] = { "\n  \t\r\n", "\xEF\xBB\xBF", "   \xEF\xBB\xBF", "\xEF\xBB\xBF\n" };
        for (size_t i = 0; i < SAI_COUNT(before); i++) {
                char text[2048];
                snprintf(text, sizeof text, "%s%s", before[i], GPX("<trkseg>" TWO_POINTS "</trkseg>"));
                READING *reading = read_text(text);
                assert_int_equal(only_session(reading)->point_count, 2);
        }
}

static void each_track_is_a_session_and_each_hole_a_pause(void **state)
{
        (void)state;
        READING *reading = read_text(
                GPX_OPEN
                "<metadata><name>not this</name></metadata><wpt lat=\"1\" lon=\"2\"><name>w</name></wpt>"
                "<trk><name> A &amp; B </name><type>running</type><trkseg>" TWO_POINTS
                "</trkseg><trkseg>" POINT("47.0002", "30", "")
                        POINT("47.0003", "35", "") "</trkseg></trk>"
                                                   "<trk><type>9</type><trkseg></trkseg></trk>"
                                                   "<trk><type>1</type><trkseg>" POINT("47.1", "50", "") "</trkseg></trk></gpx>");
        assert_reads(reading);
        assert_string_equal(reading->recording.name, "A & B");
        assert_int_equal(reading->recording.session_count, 2);
        const struct recording_session *run = &reading->recording.sessions[0], *ride = &reading->recording.sessions[1];
        assert_int_equal(run->sport, SPORT_RUN);
        assert_int_equal(run->pause_count, 1);
        assert_close(run->pauses[0].stop_s, 5, 0, "stop");
        assert_close(run->pauses[0].start_s, 30, 0, "start");
        assert_close(run->elapsed_s.value, 35, 0, "elapsed");
        assert_close(run->timer_s.value, 10, 0, "timer");
        assert_int_equal(ride->sport, SPORT_RIDE);
        assert_int_equal(ride->point_count, 1);
}

static void points_out_of_order_and_twice_are_cleaned(void **state)
{
        (void)state;
        READING *reading = read_text(GPX("<trkseg>" POINT("47.0002", "10", "") POINT("47.0", "00", "") POINT("47.0001", "05", "")
                                                 POINT("47.0002", "10", "<extensions><hr>130</hr></extensions>") "</trkseg>"));
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->point_count, 4);
        assert_int_equal(session->streams.count, 3);
        assert_value(session, STREAM_TIME, 2, 10);
        assert_value(session, STREAM_HEARTRATE, 2, 130);
        assert_close(session->distance_m.value, 22.239, 1e-3, "distance");
}

static void the_sport_is_found_in_words_and_numbers(void **state)
{
        (void)state;
        static const struct {
                const char *type;
                enum sport sport;
                bool known;
        } rows[] = {
                { "9", SPORT_RUN, true },
                { "1", SPORT_RIDE, true },
                { "16", SPORT_SWIM, true },
                { "17", SPORT_VIRTUAL_RIDE, true },
                { "road_biking", SPORT_RIDE, true },
                { "Trail Running", SPORT_TRAIL_RUN, true },
                { "TrailRun", SPORT_TRAIL_RUN, true },
                { "HIKING", SPORT_HIKE, true },
                { "quidditch", SPORT_WORKOUT, false },
                { "", SPORT_WORKOUT, false },
        };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                char text[2048];
                snprintf(text, sizeof text, GPX_OPEN "<trk><type>%s</type><trkseg>" TWO_POINTS "</trkseg></trk></gpx>",
                         rows[i].type);
                READING *reading = read_text(text);
                assert_int_equal(only_session(reading)->sport, rows[i].sport);
                assert_int_equal(reading->recording.sessions[0].sport_known, rows[i].known);
        }
}

static void gpx_without_times_is_no_recording(void **state)
{
        (void)state;
        READING *untimed = read_text(GPX("<trkseg><trkpt lat=\"47\" lon=\"8\"><ele>1</ele></trkpt></trkseg>"));
        assert_refused(untimed, "no_start_time");
        READING *route =
                read_text(GPX_OPEN "<rte><rtept lat=\"47\" lon=\"8\"><time>2024-05-01T10:00:00Z</time></rtept></rte></gpx>");
        assert_refused(route, "no_points");
}

static void a_point_with_nonsense_keeps_what_makes_sense(void **state)
{
        (void)state;
        READING *reading = read_text(GPX("<trkseg>" TWO_POINTS POINT("nan", "10",
                                                                     "<extensions><hr>12x</hr><power>1e999</power>"
                                                                     "<cad> 85 </cad></extensions>") "</trkseg>"));
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->point_count, 3);
        assert_true(isnan(session->streams.channel[STREAM_LATITUDE][2]));
        assert_null(session->streams.channel[STREAM_HEARTRATE]);
        assert_null(session->streams.channel[STREAM_WATTS]);
        assert_value(session, STREAM_CADENCE, 2, 85);
}

static void entities_and_document_types_are_refused(void **state)
{
        (void)state;
        READING *bomb = read_text("<?xml version=\"1.0\"?><!DOCTYPE gpx [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
                                  "<gpx><trk><name>&b;</name><trkseg>" TWO_POINTS "</trkseg></trk></gpx>");
        assert_refused(bomb, "bad_xml");
        READING *external = read_text("<?xml version=\"1.0\"?><!DOCTYPE gpx [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
                                      "<gpx><trk><name>&x;</name><trkseg>" TWO_POINTS "</trkseg></trk></gpx>");
        assert_refused(external, "bad_xml");
}

static void nesting_is_bounded(void **state)
{
        (void)state;
        struct sai_buf text;
        sai_buf_init(&text, SAI_MIB(8));
        sai_buf_text(&text, "<gpx><trk><trkseg>" TWO_POINTS);
        for (int i = 0; i < 100000; i++)
                sai_buf_text(&text, "<extensions>");
        READING *reading = read_bytes(text.data, text.len);
        assert_refused(reading, "too_deep");
        sai_buf_done(&text);
}

static void large_documents_are_read(void **state)
{
        (void)state;
        struct sai_buf text;
        sai_buf_init(&text, SAI_MIB(64));
        sai_buf_text(&text, GPX_OPEN "<trk><trkseg>");
        enum { POINTS = 90000 };
        for (int i = 0; i < POINTS; i++)
                sai_buf_printf(&text,
                               "<trkpt lat=\"47.%07d\" "
                               "lon=\"8.0\"><ele>%d</ele><time>2024-05-%02dT%02d:%02d:%02dZ</time><extensions>"
                               "<gpxtpx:TrackPointExtension><gpxtpx:atemp>21.0</gpxtpx:atemp><gpxtpx:hr>%d</gpxtpx:hr>"
                               "<gpxtpx:cad>80</gpxtpx:cad></gpxtpx:TrackPointExtension></extensions></trkpt>\n",
                               i * 100, i % 1000, 1 + i / 86400, i / 3600 % 24, i / 60 % 60, i % 60, 100 + i % 90);
        sai_buf_text(&text, "</trkseg></trk></gpx>");
        assert_true(text.len > SAI_MAX_XML_MEMORY);
        READING *reading = read_bytes(text.data, text.len);
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->streams.count, POINTS);
        assert_int_equal(reading->recording.warning_count, 0);
        assert_value(session, STREAM_HEARTRATE, POINTS - 1, 100 + (POINTS - 1) % 90);
        sai_buf_done(&text);
}

static void a_flood_of_names_is_refused(void **state)
{
        (void)state;
        for (size_t f = 0; f < 2; f++) {
                struct sai_buf text;
                sai_buf_init(&text, SAI_MIB(32));
                sai_buf_text(&text, "<gpx>");
                for (int i = 0; i < 500000; i++) {
                        if (f == 0)
                                sai_buf_printf(&text, "<e%d/>", i);
                        else
                                sai_buf_printf(&text, "<e a%d='1'/>", i);
                }
                sai_buf_text(&text, "<trk><trkseg>" TWO_POINTS "</trkseg></trk></gpx>");
                READING *reading = read_bytes(text.data, text.len);
                assert_refused(reading, "too_large");
                sai_buf_done(&text);
        }
}

static void long_texts_are_cut_not_kept(void **state)
{
        (void)state;
        struct sai_buf text;
        sai_buf_init(&text, SAI_MIB(8));
        sai_buf_text(&text, GPX_OPEN "<trk><name>");
        for (int i = 0; i < 1000000; i++)
                sai_buf_char(&text, 'x');
        sai_buf_text(&text, "</name><trkseg>" TWO_POINTS "</trkseg></trk></gpx>");
        READING *reading = read_bytes(text.data, text.len);
        assert_int_equal(only_session(reading)->point_count, 2);
        assert_in_range(strlen(reading->recording.name), 1, SAI_MAX_XML_TEXT);
        sai_buf_done(&text);
}

static void broken_xml_gives_what_came_before(void **state)
{
        (void)state;
        READING *partly = read_text(GPX_OPEN "<trk><trkseg>" TWO_POINTS "</wrong></trk></gpx>");
        assert_int_equal(only_session(partly)->point_count, 2);
        assert_true(has_warning(&partly->recording, "not well-formed at line 1"));
        READING *nothing = read_text(GPX_OPEN "<trk></wrong></trk></gpx>");
        assert_refused(nothing, "bad_xml");
        READING *cut = read_text(GPX_OPEN "<trk><trkseg>");
        assert_refused(cut, "truncated");
}

#define TCX_POINT(second, more) "<Trackpoint><Time>2024-05-01T10:00:" second "Z</Time>" more "</Trackpoint>"

static void tcx_extensions_are_read(void **state)
{
        (void)state;
        READING *reading = read_text(TCX(
                "<Activity Sport=\"Biking\"><Id>2024-05-01T10:00:00Z</Id><Lap StartTime=\"2024-05-01T10:00:00Z\">"
                "<TotalTimeSeconds>10</TotalTimeSeconds><DistanceMeters>100</DistanceMeters><MaximumSpeed>64800</MaximumSpeed>"
                "<AverageHeartRateBpm><Value>140</Value></AverageHeartRateBpm><Cadence>80</Cadence><Track>" TCX_POINT(
                        "00",
                        "<AltitudeMeters>5</AltitudeMeters><DistanceMeters>0</DistanceMeters><HeartRateBpm><Value>139</Value>"
                        "</HeartRateBpm><Cadence>79</Cadence><Extensions><ns3:TPX><ns3:Speed>8.5</ns3:Speed><ns3:Watts>210"
                        "</ns3:Watts></ns3:TPX></Extensions>")
                        TCX_POINT("10",
                                  "<DistanceMeters>100</DistanceMeters><Extensions><TPX CadenceSensor=\"Footpod\"><RunCadence>88"
                                  "</RunCadence></TPX></Extensions>") "</Track><Extensions><LX><AvgWatts>205</"
                                                                      "AvgWatts><MaxWatts>400</MaxWatts></LX></Extensions></Lap>"
                                                                      "<Creator><Name>Uhr</Name></Creator></Activity>"));
        const struct recording_session *session = only_session(reading);
        assert_value(session, STREAM_VELOCITY, 0, 8.5);
        assert_value(session, STREAM_WATTS, 0, 210);
        assert_value(session, STREAM_HEARTRATE, 0, 139);
        assert_value(session, STREAM_CADENCE, 0, 79);
        assert_value(session, STREAM_CADENCE, 1, 88);
        assert_int_equal(session->sport, SPORT_RIDE);
        assert_int_equal(session->lap_count, 1);
        assert_close(session->laps[0].average_heartrate.value, 140, 0, "lap heart rate");
        assert_close(session->laps[0].average_watts.value, 205, 0, "lap watts");
        assert_close(session->max_watts.value, 400, 0, "max watts");
        assert_false(SAI_HAS(session->max_speed));
        assert_string_equal(reading->recording.device, "Uhr");
        assert_close(session->distance_m.value, 100, 0, "distance");
}

static void offsets_in_timestamps_are_kept(void **state)
{
        (void)state;
        READING *reading =
                read_text(TCX("<Activity Sport=\"Running\"><Id>2024-05-01T12:00:00+05:30</Id><Lap "
                              "StartTime=\"2024-05-01T12:00:00+05:30\"><Track>"
                              "<Trackpoint><Time>2024-05-01T12:00:00.250+05:30</Time></Trackpoint>"
                              "<Trackpoint><Time>2024-05-01T12:00:01.750+05:30</Time></Trackpoint></Track></Lap></Activity>"));
        const struct recording_session *session = only_session(reading);
        char text[SAI_INSTANT_TEXT];
        sai_instant_format(session->start.value, text);
        assert_string_equal(text, "2024-05-01T06:30:00.250Z");
        assert_int_equal(session->utc_offset_s.value, 19800);
        assert_value(session, STREAM_TIME, 1, 1.5);
}

static void multi_sport_tcx_marks_its_transitions(void **state)
{
        (void)state;
#define LEG(second, next)                                                                                                        \
        " StartTime=\"2024-05-01T10:00:" second                                                                                  \
        "Z\"><TotalTimeSeconds>9</TotalTimeSeconds><Track>" TCX_POINT(second, "<DistanceMeters>1</DistanceMeters>")              \
                TCX_POINT(next, "<DistanceMeters>9</DistanceMeters>") "</Track>"
        READING *reading = read_text(
                TCX("<MultiSportSession><Id>2024-05-01T10:00:00Z</Id><FirstSport><Activity Sport=\"Other\">"
                    "<Id>2024-05-01T10:00:00Z</Id><Lap" LEG(
                            "00", "09") "</Lap></Activity></FirstSport><NextSport>"
                                        "<Transition" LEG("10", "19") "</Transition><Activity Sport=\"Running\">"
                                                                      "<Id>2024-05-01T10:00:20Z</Id><Lap" LEG(
                                                                              "20", "29") "</Lap></Activity></NextSport>"
                                                                                          "</MultiSportSession>"));
        assert_reads(reading);
        assert_int_equal(reading->recording.session_count, 3);
        for (size_t i = 0; i < 3; i++) {
                assert_int_equal(reading->recording.sessions[i].transition, i == 1);
                assert_int_equal(reading->recording.sessions[i].point_count, 2);
                assert_int_equal(reading->recording.sessions[i].lap_count, 1);
                assert_close(reading->recording.sessions[i].timer_s.value, 9, 0, "timer");
        }
        assert_int_equal(reading->recording.sessions[2].sport, SPORT_RUN);
}

static void laps_without_points_are_a_workout(void **state)
{
        (void)state;
        READING *reading = read_text(TCX("<Activity Sport=\"Running\"><Id>2024-05-01T10:00:00Z</Id><Lap "
                                         "StartTime=\"2024-05-01T10:00:00Z\"><TotalTimeSeconds>1800"
                                         "</TotalTimeSeconds><DistanceMeters>5000</DistanceMeters></Lap></Activity>"));
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->point_count, 0);
        assert_close(session->elapsed_s.value, 1800, 0, "elapsed");
        assert_close(session->distance_m.value, 5000, 0, "distance");
        assert_true(SAI_HAS(session->start));
        READING *empty = read_text(TCX("<Activity Sport=\"Running\"><Id>2024-05-01T10:00:00Z</Id></Activity>"));
        assert_refused(empty, "no_points");
}

static void too_many_tracks_are_refused(void **state)
{
        (void)state;
        struct sai_buf text;
        sai_buf_init(&text, SAI_MIB(1));
        sai_buf_text(&text, GPX_OPEN);
        for (int i = 0; i <= SAI_MAX_RECORDING_SESSIONS; i++)
                sai_buf_text(&text, "<trk><trkseg>" TWO_POINTS "</trkseg></trk>");
        sai_buf_text(&text, "</gpx>");
        READING *reading = read_bytes(text.data, text.len);
        assert_refused(reading, "too_large");
        sai_buf_done(&text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_way_to_write_a_sensor_in_gpx_is_understood),
                cmocka_unit_test(zero_and_255_beats_are_no_beats),
                cmocka_unit_test(blanks_and_byte_order_marks_before_the_document_are_skipped),
                cmocka_unit_test(each_track_is_a_session_and_each_hole_a_pause),
                cmocka_unit_test(points_out_of_order_and_twice_are_cleaned),
                cmocka_unit_test(the_sport_is_found_in_words_and_numbers),
                cmocka_unit_test(gpx_without_times_is_no_recording),
                cmocka_unit_test(a_point_with_nonsense_keeps_what_makes_sense),
                cmocka_unit_test(entities_and_document_types_are_refused),
                cmocka_unit_test(nesting_is_bounded),
                cmocka_unit_test(large_documents_are_read),
                cmocka_unit_test(a_flood_of_names_is_refused),
                cmocka_unit_test(long_texts_are_cut_not_kept),
                cmocka_unit_test(broken_xml_gives_what_came_before),
                cmocka_unit_test(tcx_extensions_are_read),
                cmocka_unit_test(offsets_in_timestamps_are_kept),
                cmocka_unit_test(multi_sport_tcx_marks_its_transitions),
                cmocka_unit_test(laps_without_points_are_a_workout),
                cmocka_unit_test(too_many_tracks_are_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
